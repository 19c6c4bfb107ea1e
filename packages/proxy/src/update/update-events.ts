// What a running proxy publishes about its updates on node:diagnostics_channel.

import { channel } from 'node:diagnostics_channel';

export type UpdateCheckEvent =
  | {
      readonly at: 'up-to-date' | 'out-of-date';
      readonly current: string;
      readonly newest: string;
      /** Page that tells what has changed. */
      readonly changes: string | undefined;
    }
  | { readonly at: 'failed'; readonly current: string; readonly error: Error };

export const updateCheckChannel = channel('alloydb-auth-proxy:update-check');
