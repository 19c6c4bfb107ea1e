// One worker process, as the primary process sees it.

import { type ChildProcess, spawn } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { SharedSource } from 'alloydb-connector';
import { type Logger, mayRepeat } from '../observability/logger.ts';
import type { Traffic } from '../proxy/session-events.ts';
import { HandOver } from './hand-over.ts';
import type { FromWorker, Question, ToWorker, WorkerSetting } from './messages.ts';
import type { Host, RemoteSession } from './remote-session.ts';
import { sendError } from './sent-error.ts';
import { isSessionEvent, receiveEvent } from './sent-event.ts';
import { publishWorker } from './worker-events.ts';

export interface WorkerProcessOptions {
  /** Number of the worker in this process. */
  readonly number: number;
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly setting: WorkerSetting;
  /** Looked up for each question: it may be another one by then. */
  readonly source: () => SharedSource;
  readonly logger: Logger;
  /** Called when it takes clients. */
  readonly onReady: () => void;
  /** Called once it has ended, whatever the reason. */
  readonly onEnd: () => void;
  /** Called when it wants to be replaced. */
  readonly onUnwell: () => void;
}

export class WorkerProcess implements Host {
  readonly #options: WorkerProcessOptions;
  readonly #child: ChildProcess;
  readonly #sessions = new Map<number, RemoteSession>();
  readonly #handOver = new HandOver();
  readonly #ended = new AbortController();
  readonly #ready = Promise.withResolvers<void>();
  #state: 'starting' | 'serving' | 'leaving' | 'ended' = 'starting';

  constructor(options: WorkerProcessOptions) {
    this.#options = options;
    const { command, env, setting } = options;
    const [program = '', ...args] = command;
    this.#child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env });
    this.#child.on('message', (messages) => {
      for (const message of messages as readonly FromWorker[]) this.#receive(message);
    });
    // What it is told after it has gone concerns nobody: its end is noticed by itself.
    this.#child.on('error', (error) => this.#end(error.message));
    this.#child.once('exit', (code, signal) => this.#end(signal ?? `exit code ${code}`));
    this.send({ kind: 'setting', setting });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Sessions that it has. */
  get load(): number {
    return this.#sessions.size;
  }

  /** Whether clients wait for it in vain. */
  get isLate(): boolean {
    return this.#handOver.isLate;
  }

  /** Whether it takes clients. */
  get isServing(): boolean {
    return this.#state === 'serving';
  }

  /** Whether it is to stay. */
  get isWanted(): boolean {
    return this.#state === 'serving' || this.#state === 'starting';
  }

  /** Resolves when it can serve, or has ended. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Its sessions from now on: what happens to it happens to them. */
  take(session: RemoteSession): void {
    this.#sessions.set(session.id, session);
    this.#handOver.add(session);
  }

  /**
   * The caller keeps its own end of the socket, and closes it. Node would do so once the worker has acknowledged it, and never when the worker dies before
   * that: a client whom nobody serves and nobody disconnects.
   */
  readonly send = (message: ToWorker, socket?: Socket): void => {
    if (this.#child.connected) this.#child.send(message, socket, { keepOpen: true }, () => undefined);
  };

  /** Gets no more clients, and ends with the last one that it has. */
  retire(): void {
    if (this.isWanted) this.#state = 'leaving';
    this.#leaveIfEmpty();
  }

  /** Ends it now, with whatever sessions it has. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #receive(message: FromWorker): void {
    const { number, logger, source, onReady, onUnwell } = this.#options;
    switch (message.kind) {
      case 'ready':
        if (this.#state === 'starting') this.#state = 'serving';
        publishWorker({ at: 'started', worker: number, pid: this.pid });
        this.#ready.resolve();
        return onReady();
      case 'ask':
        return void this.#answer(message.ask, message.question);
      case 'refused-info':
        return source().refused(message.instance, message.id);
      case 'refused-token':
        return source().dropToken(message.value);
      case 'has-client':
        return this.#taken(message);
      case 'stop-waiting':
        return this.#sessions.get(message.id)?.receive(message);
      case 'over':
        return this.#over(message);
      case 'log':
        return logger[message.level](
          message.message,
          message.mayRepeat ? { ...message.fields, [mayRepeat]: true } : message.fields,
        );
      case 'event':
        return this.#publish(message.channel, receiveEvent(message.event));
      case 'traffic':
        for (const [id, bytesFromClient, bytesToClient] of message.counts) {
          this.#sessions.get(id)?.noteTraffic({ bytesFromClient, bytesToClient });
        }
        return;
      case 'unwell':
        logger.error(`worker ${number}: unhandled error: ${message.error}`);
        return onUnwell();
    }
  }

  /** Who follows sessions here finds those of workers told as its own. */
  #publish(name: string, event: object): void {
    if (!isSessionEvent(name, event)) {
      channel(name).publish(event);
      return;
    }
    const session = this.#sessions.get(event.id);
    // What a worker has said last may arrive after its end, when its sessions have been given up for lost.
    if (session === undefined) return;
    session.hear(event);
    const traffic = (): Traffic => session.traffic;
    channel(name).publish(event.at === 'connected' ? { ...event, traffic } : event);
  }

  async #answer(ask: number, question: Question): Promise<void> {
    const { signal } = this.#ended;
    const source = this.#options.source();
    try {
      const value =
        question.what === 'info'
          ? await source.connectionInfo(question.instance, question.known, signal)
          : await source.token(question.of, signal);
      this.send({ kind: 'answer', ask, value });
    } catch (error) {
      this.send({ kind: 'no-answer', ask, error: sendError(error) });
    }
  }

  #taken(message: Extract<FromWorker, { kind: 'has-client' }>): void {
    const session = this.#sessions.get(message.id);
    if (session === undefined) return;
    this.#handOver.taken(session);
    session.receive(message);
  }

  #over(message: Extract<FromWorker, { kind: 'over' }>): void {
    const session = this.#sessions.get(message.id);
    if (session === undefined) return;
    this.#handOver.over(session);
    session.receive(message);
    this.#sessions.delete(message.id);
    this.#leaveIfEmpty();
  }

  #leaveIfEmpty(): void {
    if (this.#state === 'leaving' && this.#sessions.size === 0 && this.#child.connected) this.#child.disconnect();
  }

  #end(how: string): void {
    if (this.#state === 'ended') return;
    const { number, logger, onEnd } = this.#options;
    const lostSessions = this.#sessions.size;
    if (this.isWanted) {
      logger.error(`worker ${number} (process ${this.pid}) has died (${how}), with ${lostSessions} connections`);
      publishWorker({ at: 'died', worker: number, pid: this.pid, lostSessions });
    } else {
      publishWorker({ at: 'ended', worker: number, pid: this.pid });
    }
    this.#state = 'ended';
    this.#ended.abort(new Error('the worker has ended'));
    this.#ready.resolve();
    for (const session of this.#sessions.values()) session.lose();
    this.#sessions.clear();
    this.#handOver.clear();
    onEnd();
  }
}
