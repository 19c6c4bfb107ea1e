// The connections of one instance that are kept warm.

import type { WarmEnd, WarmEvent } from '../../proxy/warm-events.ts';
import { Tally } from './tally.ts';

const ends: readonly WarmEnd[] = ['expired', 'dead', 'outdated', 'dropped'];

export class WarmModel {
  /** Whether any was ever wanted. */
  isUsed = false;
  /** That wait for a client now. */
  kept = 0;
  /** That clients got. */
  used = 0;
  /** Clients that found none. */
  missed = 0;
  /** Dials that were to make one. */
  failed = 0;
  /** Given up unused. */
  readonly ended = new Tally<WarmEnd>(ends);

  note(event: WarmEvent): void {
    this.isUsed = true;
    switch (event.at) {
      case 'made':
        this.kept += 1;
        return;
      case 'failed':
        this.failed += 1;
        return;
      case 'used':
        this.kept -= 1;
        this.used += 1;
        return;
      case 'missed':
        this.missed += 1;
        return;
      case 'ended':
        this.kept -= 1;
        this.ended.add(event.why);
    }
  }
}
