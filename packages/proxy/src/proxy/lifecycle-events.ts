// What happens to the proxy as a whole, published on node:diagnostics_channel.

import { channel } from 'node:diagnostics_channel';
import type { Stop } from '../stops.ts';
import type { LifecycleState } from './lifecycle.ts';
import type { BoundPlace } from './listen.ts';

export type LifecycleEvent =
  | {
      /** Clients can come in at this place, its real port included; or no longer. */
      readonly at: 'listening' | 'not-listening';
      /** Short name of the instance. */
      readonly instance: string;
      readonly uri: string;
      readonly place: BoundPlace;
    }
  /** It was asked to end, and by what. */
  | { readonly at: 'stopping'; readonly by: Stop['by'] }
  | { readonly at: 'state'; readonly state: LifecycleState };

export const lifecycleChannel = channel('alloydb-auth-proxy:lifecycle');

export function publishLifecycle(event: LifecycleEvent): void {
  if (lifecycleChannel.hasSubscribers) lifecycleChannel.publish(event);
}
