// A wire in a process of its own: what a connection sees of a peer that is killed.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { WireTarget } from './wire.ts';
import type { DialPhase } from './wire-link.ts';

export interface KillableWireOptions {
  /** Where it listens, at the address of its target. */
  readonly port: number;
  readonly target: WireTarget;
  /** Every connection stalls there. Default: none does. */
  readonly stallAt?: DialPhase | undefined;
}

export class KillableWire implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #stalled: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#stalled = once(child, 'message');
    // Told to whoever waits; nobody may.
    this.#stalled.catch(() => undefined);
  }

  static async start({ port, target, stallAt }: KillableWireOptions): Promise<KillableWire> {
    const script = new URL('./wire-process.ts', import.meta.url);
    const args = [String(port), target.host, String(target.port), ...(stallAt === undefined ? [] : [stallAt])];
    const child = fork(script, args);
    await once(child, 'message');
    return new KillableWire(child);
  }

  /** Resolves when a connection has come to the phase where it stalls. */
  async stalled(): Promise<void> {
    await this.#stalled;
  }

  /** SIGKILL: the system closes the connections, in whatever state they are. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
