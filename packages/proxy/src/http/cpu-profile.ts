// /debug/pprof/profile: what the processor did for some seconds, as Chrome DevTools reads it.

import type { Session } from 'node:inspector/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, Route } from './route.ts';

const defaultSeconds = 30;
const mostSeconds = 300;

/** Nothing of the profiler is loaded before somebody asks. */
export function cpuProfileRoute(): Route {
  let isRunning = false;
  return {
    path: '/debug/pprof/profile',
    methods: ['GET'],
    answer: async (request, closing) => {
      const text = new URLSearchParams(request.url?.split('?', 2)[1] ?? '').get('seconds') ?? String(defaultSeconds);
      const seconds = /^\d{1,3}$/.test(text) ? Number(text) : 0;
      if (seconds < 1 || seconds > mostSeconds) {
        return { status: 400, text: `invalid seconds "${text}": expected a whole number from 1 to ${mostSeconds}` };
      }
      if (isRunning) return { status: 409, text: 'a profile is being taken already; ask again when it is done' };
      isRunning = true;
      const left = new AbortController();
      const onLeave = (): void => left.abort();
      request.socket.once('close', onLeave);
      try {
        return await profile(seconds * 1_000, AbortSignal.any([closing, left.signal]));
      } finally {
        request.socket.off('close', onLeave);
        isRunning = false;
      }
    },
  };
}

/** Ends early, with what there is, when nobody waits for the rest. */
async function profile(durationMs: number, signal: AbortSignal): Promise<Answer> {
  const session: Session = new (await import('node:inspector/promises')).Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await delay(durationMs, undefined, { signal }).catch(() => undefined);
    const { profile: taken } = await session.post('Profiler.stop');
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'content-disposition': 'attachment; filename="alloydb-auth-proxy.cpuprofile"',
    };
    return { status: 200, text: JSON.stringify(taken), headers };
  } finally {
    session.disconnect();
  }
}
