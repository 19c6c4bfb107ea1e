// What a client is told when the proxy ends its session while nothing is under way.

import { formatDuration } from '../cli/values/duration.ts';
import { encodeErrorResponse } from '../postgres/error-response.ts';
import { shuttingDown } from './client-error.ts';
import type { SessionLimits } from './session-limits.ts';

/** Why the proxy itself ends a session. */
export type ProxyEnd = 'shutdown' | 'idle-timeout' | 'max-lifetime' | 'moved' | 'admin';

/** The whole ErrorResponse. Pools know both codes: they drop the connection and open another. */
export function farewell(reason: ProxyEnd, limits: SessionLimits): Buffer {
  switch (reason) {
    case 'shutdown':
      return shuttingDown('57P01');
    case 'idle-timeout':
      return encodeErrorResponse({
        sqlState: '57P05',
        message: `alloydb-auth-proxy: nothing was sent over this connection for ${formatDuration(limits.idleTimeoutMs)}`,
        hint: 'connect again, and let the pool close idle connections sooner; --client-idle-timeout of the proxy sets the time',
      });
    case 'max-lifetime':
      return encodeErrorResponse({
        sqlState: '57P01',
        message: `alloydb-auth-proxy: this connection has reached its age of ${formatDuration(limits.maxLifetimeMs)}`,
        hint: 'connect again; --max-connection-lifetime of the proxy sets the age',
      });
    case 'moved':
      return encodeErrorResponse({
        sqlState: '57P01',
        message: 'alloydb-auth-proxy: the DNS name of the instance points to another instance now',
        hint: 'connect again: new connections go there',
      });
    case 'admin':
      return encodeErrorResponse({
        sqlState: '57P01',
        message: 'alloydb-auth-proxy: an administrator of the proxy has ended this connection',
        hint: 'connect again',
      });
  }
}

/** For the log. */
export function describeEnd(reason: ProxyEnd, limits: SessionLimits | undefined): string {
  switch (reason) {
    case 'shutdown':
      return 'closed the connection to shut down';
    case 'idle-timeout':
      return `closed the connection: nothing was sent for ${formatDuration(limits?.idleTimeoutMs ?? 0)} (--client-idle-timeout)`;
    case 'max-lifetime':
      return `closed the connection: it has reached its age of ${formatDuration(limits?.maxLifetimeMs ?? 0)} (--max-connection-lifetime)`;
    case 'moved':
      return 'closed the connection: its DNS name points to another instance now';
    case 'admin':
      return 'closed the connection: an administrator asked for it';
  }
}
