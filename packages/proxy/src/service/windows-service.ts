// A service of Windows in all its states: which it reports when, and what it makes of the controls that it is sent.

import type { ServiceHost, ServiceWishes } from './service-host.ts';

/** As much of SERVICE_STATUS as changes: https://learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_status */
export interface ServiceStatus {
  readonly state: number;
  /** The controls that may be sent, as bits. */
  readonly accepts: number;
  /** 0 for success. */
  readonly exitCode: number;
  /** Rises while something takes long, so that the service is not taken for hung. */
  readonly checkpoint: number;
  /** How long the next checkpoint may take, in milliseconds. */
  readonly waitHintMs: number;
}

export interface WindowsServiceOptions {
  readonly report: (status: ServiceStatus) => void;
  /** Time between two checkpoints, in milliseconds. Default: 2,000. */
  readonly checkpointMs?: number;
}

type State =
  | { readonly at: 'starting' | 'stopping'; readonly checkpoint: number }
  | { readonly at: 'running' }
  | { readonly at: 'stopped'; readonly exitCode: number };

const STATES = { stopped: 1, starting: 2, stopping: 3, running: 4 } as const;
/** A proxy that runs can be stopped, told that the machine goes down, also early, and told that its parameters changed. */
const ACCEPTS_WHILE_RUNNING = 0x1 | 0x4 | 0x100 | 0x8;
/** Far more than a checkpoint takes on a busy machine. */
const WAIT_HINT_MS = 20_000;

const CONTROLS: Readonly<Record<number, keyof ServiceWishes>> = {
  0x1: 'stop',
  // The machine shuts down: without and with time to spare.
  0x5: 'stop',
  0xf: 'stop',
  // `sc.exe control NAME paramchange`.
  0x6: 'reload',
};

export class WindowsService implements ServiceHost {
  readonly #report: (status: ServiceStatus) => void;
  readonly #timer: NodeJS.Timeout;
  #state: State = { at: 'starting', checkpoint: 1 };
  #wishes: ServiceWishes | undefined;

  constructor({ report, checkpointMs = 2_000 }: WindowsServiceOptions) {
    this.#report = report;
    this.#timer = setInterval(() => this.#onTimer(), checkpointMs);
    this.#tell();
  }

  listen(wishes: ServiceWishes): void {
    this.#wishes = wishes;
  }

  /** Does what a control of the service manager asks for; others, such as the question how it is, need no doing. */
  control(code: number): void {
    const wish = CONTROLS[code];
    if (wish !== undefined) this.#wishes?.[wish]();
  }

  running(): void {
    if (this.#state.at === 'starting') this.#become({ at: 'running' });
  }

  stopping(): void {
    if (this.#state.at !== 'stopped') this.#become({ at: 'stopping', checkpoint: 1 });
  }

  /** The end: the service manager starts it again after any other code than 0. Idempotent. */
  stopped(exitCode: number): void {
    if (this.#state.at === 'stopped') return;
    clearInterval(this.#timer);
    this.#become({ at: 'stopped', exitCode });
  }

  #onTimer(): void {
    const state = this.#state;
    if (state.at === 'starting' || state.at === 'stopping') {
      this.#become({ at: state.at, checkpoint: state.checkpoint + 1 });
    }
  }

  #become(state: State): void {
    this.#state = state;
    this.#tell();
  }

  #tell(): void {
    const state = this.#state;
    this.#report({
      state: STATES[state.at],
      accepts: state.at === 'running' ? ACCEPTS_WHILE_RUNNING : 0,
      exitCode: state.at === 'stopped' ? state.exitCode : 0,
      checkpoint: 'checkpoint' in state ? state.checkpoint : 0,
      waitHintMs: 'checkpoint' in state ? WAIT_HINT_MS : 0,
    });
  }
}
