// The endpoints of the admin server, with which others on this machine steer the proxy.

import { localOnly } from './local-only.ts';
import type { Route } from './route.ts';

export interface AdminOptions {
  /** Called at each request to end; the answer is sent whatever it does. */
  readonly onQuit: () => void;
}

export function adminRoutes({ onQuit }: AdminOptions): readonly Route[] {
  return [
    localOnly({
      path: '/quitquitquit',
      // No HEAD: it asks what a GET would say, and must not end anything.
      methods: ['GET', 'POST'],
      answer: () => {
        onQuit();
        return { status: 200, text: 'ok' };
      },
    }),
  ];
}
