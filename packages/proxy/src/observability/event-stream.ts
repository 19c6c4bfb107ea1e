// Writes what happens to the proxy to a descriptor, for the program that has started it (`--events`).

import { fstatSync } from 'node:fs';
import type { Channel } from 'node:diagnostics_channel';
import { type RefreshEvent, refreshChannel } from 'alloydb-connector';
import { UsageError } from '../cli/usage-error.ts';
import { VERSION } from '../cli/version.ts';
import { type LifecycleEvent, lifecycleChannel } from '../proxy/lifecycle-events.ts';
import { type SessionEvent, sessionChannel } from '../proxy/session-events.ts';
import {
  errorOf,
  type EventLine,
  eventsVersion,
  lifecycleLine,
  refreshLine,
  sessionLine,
  timeOf,
} from './event-lines.ts';
import { follow } from './follow.ts';
import { DescriptorSink } from './stdio.ts';

export class EventStream implements AsyncDisposable {
  readonly #sink: DescriptorSink;
  readonly #now: () => number;
  readonly #undo = new DisposableStack();

  /** @throws {UsageError} when there is no such descriptor. */
  constructor(descriptor: number, now: () => number = Date.now) {
    requireOpen(descriptor);
    this.#now = now;
    this.#sink = new DescriptorSink(descriptor);
    this.#sink.onLost = (count) => this.#write({ event: 'lost', count });
    this.#follow(lifecycleChannel, (event) => lifecycleLine(event as LifecycleEvent));
    this.#follow(refreshChannel, (event) => refreshLine(event as RefreshEvent));
    this.#follow(sessionChannel, (event) => sessionLine(event as SessionEvent));
    this.#write({ event: 'starting', pid: process.pid, proxyVersion: VERSION });
  }

  /** The proxy could not start. */
  failed(error: unknown): void {
    this.#write({ event: 'failed', error: errorOf(error) });
  }

  /** It is over; the process is about to end with this code. */
  stopped(exitCode: number): void {
    this.#write({ event: 'stopped', exitCode });
  }

  /** Waits a second at most for a reader that reads no more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#undo.dispose();
    await this.#sink.flush(1_000);
  }

  #follow(channel: Channel, lineOf: (message: unknown) => EventLine | undefined): void {
    this.#undo.use(
      follow(channel, (message) => {
        const line = lineOf(message);
        if (line !== undefined) this.#write(line);
      }),
    );
  }

  #write(line: EventLine): void {
    this.#sink.write(`${JSON.stringify({ version: eventsVersion, time: timeOf(this.#now()), ...line })}\n`);
  }
}

function requireOpen(descriptor: number): void {
  try {
    fstatSync(descriptor);
  } catch {
    throw new UsageError(`cannot write events to descriptor ${descriptor}: it is not open`, {
      hint: `open it for the proxy, as in a shell: ${descriptor}>events.jsonl`,
    });
  }
}
