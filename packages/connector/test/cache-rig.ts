// What a test of a connection info cache needs: a clock, answers that the test gives, and info of a chosen life.

import { createSecureContext } from 'node:tls';
import type { ConnectionInfoCache } from '../src/refresh/cache.ts';
import type { ConnectionInfo } from '../src/refresh/connection-info.ts';
import { resolveRefreshOptions } from '../src/refresh/options.ts';
import { RateLimiter } from '../src/refresh/rate-limiter.ts';
import { ManualClock } from './manual-clock.ts';

const secureContext = createSecureContext();
const instance = { project: 'p', region: 'r', cluster: 'c', instance: 'i' };

export class CacheRig {
  readonly clock = new ManualClock();
  /** One for each refresh that was started, in order. */
  readonly answers: PromiseWithResolvers<ConnectionInfo>[] = [];
  readonly limiter = new RateLimiter(this.clock, resolveRefreshOptions({}).rate);
  /** Changed by a test that changes the credentials. */
  generation = 0;
  /** What `random` gives: 0 is no jitter for the schedule and no delay for a retry. */
  chance = 0;

  get options() {
    return {
      instance: 'projects/p',
      clock: this.clock,
      limiter: this.limiter,
      refreshBufferMs: resolveRefreshOptions({}).bufferMs,
      random: () => this.chance,
      credentialGeneration: () => this.generation,
      fetch: () => {
        const answer = Promise.withResolvers<ConnectionInfo>();
        this.answers.push(answer);
        return answer.promise;
      },
    };
  }

  info(lifeMs: number): ConnectionInfo {
    return { instance, addresses: { PRIVATE: '10.0.0.1' }, expiresAt: this.clock.now() + lifeMs, secureContext };
  }

  /** Has an empty cache get info of this life, which is returned. */
  async fill(cache: Pick<ConnectionInfoCache, 'connectionInfo'>, lifeMs: number): Promise<ConnectionInfo> {
    const asked = cache.connectionInfo(new AbortController().signal);
    this.answer(this.answers.length - 1, lifeMs);
    return asked;
  }

  /** Answers the refresh of this number, and returns the info it was answered with. */
  answer(index: number, lifeMs: number): ConnectionInfo {
    const info = this.info(lifeMs);
    this.answers[index]?.resolve(info);
    return info;
  }
}
