// The endpoints of the admin server, with which others on this machine look into the proxy and steer it.

import type { AdminConfig } from '../config/config.ts';
import type { ProxyModel } from '../observability/model/proxy-model.ts';
import { cpuProfileRoute } from './cpu-profile.ts';
import { heapSnapshotRoute } from './heap-snapshot.ts';
import { localOnly } from './local-only.ts';
import type { Route } from './route.ts';
import { statusReport } from './status-report.ts';
import { withSecret } from './with-secret.ts';

/** What can be asked of the running proxy. */
export interface AdminActions {
  /** Called at each request to end; the answer is sent whatever it does. */
  readonly onQuit: () => void;
  /** Undefined where the configuration is read but once. */
  readonly onReload?: (() => void) | undefined;
  /** Ends the session with this number; false when there is none. */
  readonly endSession: (id: number) => boolean;
  /** Newer version, as far as that is known. */
  readonly newerVersion?: () => string | undefined;
}

export interface AdminOptions extends AdminActions {
  readonly config: AdminConfig;
  readonly secret: string;
  /** Undefined tells no status. */
  readonly model: ProxyModel | undefined;
}

/** @param page the routes of the status page. */
export function adminRoutes(options: AdminOptions, page: readonly Route[] = []): readonly Route[] {
  const { config, secret, model, onReload, endSession } = options;
  const { heapSnapshotFolder } = config;
  return [
    ...(config.quitquitquit ? [quitRoute(options)] : []),
    ...(model === undefined ? [] : [statusRoute(model, options)]),
    reloadRoute(onReload),
    endSessionRoute(endSession),
    ...page,
    ...(config.debug ? [cpuProfileRoute()] : []),
    ...(heapSnapshotFolder === undefined ? [] : [heapSnapshotRoute({ folder: heapSnapshotFolder })]),
  ].map((route) =>
    localOnly(changesSomething(route) ? withSecret(route, secret) : route, {
      ownPage: config.statusPage && route.path !== quitPath,
    }),
  );
}

/** /quitquitquit stays as open as the official one is. */
function changesSomething({ path, methods }: Route): boolean {
  return methods.includes('POST') && path !== quitPath;
}

const quitPath = '/quitquitquit';

function quitRoute({ onQuit }: AdminActions): Route {
  return {
    path: quitPath,
    // No HEAD: it asks what a GET would say, and must not end anything.
    methods: ['GET', 'POST'],
    answer: () => {
      onQuit();
      return { status: 200, text: 'ok' };
    },
  };
}

/** Reading is free, as at the health endpoints. */
function statusRoute(model: ProxyModel, { newerVersion }: AdminActions): Route {
  return {
    path: '/status.json',
    methods: ['GET', 'HEAD'],
    answer: () => ({
      status: 200,
      text: `${JSON.stringify(statusReport({ model, newerVersion: newerVersion?.(), now: Date.now() }), undefined, 2)}\n`,
      headers: { 'content-type': 'application/json; charset=utf-8' },
    }),
  };
}

function reloadRoute(onReload: AdminActions['onReload']): Route {
  return {
    path: '/reload',
    methods: ['POST'],
    answer: () => {
      if (onReload === undefined) return { status: 409, text: 'this proxy reads its configuration but once' };
      onReload();
      return { status: 202, text: 'reloading; the log says what came of it' };
    },
  };
}

function endSessionRoute(endSession: AdminActions['endSession']): Route {
  return {
    path: /^\/sessions\/(\d{1,15})\/end$/,
    methods: ['POST'],
    answer: ({ url = '' }) => {
      const id = Number(url.split('/')[2]);
      return endSession(id) ? { status: 200, text: 'ok' } : { status: 404, text: `there is no session ${id}` };
    },
  };
}
