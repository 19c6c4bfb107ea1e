// A worker: dials for the clients that the primary process hands over, and carries their bytes.

import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { Connector } from 'alloydb-connector';
import { type Logger, mayRepeat } from '../observability/logger.ts';
import { RefusalRoom } from '../proxy/refusal-room.ts';
import { type Admission, Session } from '../proxy/session.ts';
import { remarkOnUser } from '../proxy/user-remark.ts';
import { runtimeTransport } from '../transport/runtime-transport.ts';
import type { FromWorker, SentAdmission, SentClient, ToWorker, WorkerSetting } from './messages.ts';
import { RemoteSource } from './remote-source.ts';
import { isSessionEvent, sendEvent } from './sent-event.ts';
import { TrafficReport } from './traffic-report.ts';

const levels = ['debug', 'info', 'warn', 'error'] as const;

interface Served {
  readonly session: Session;
  readonly admission: PromiseWithResolvers<Admission>;
}

export class Worker {
  readonly #send: (message: FromWorker) => void;
  readonly #source: RemoteSource;
  readonly #refusals = new RefusalRoom();
  readonly #served = new Map<number, Served>();
  readonly #forwarded = new Set<string>();
  readonly #traffic: TrafficReport;
  #connector: Connector | undefined;
  #logLevel: WorkerSetting['logLevel'] = 'info';

  constructor(send: (message: FromWorker) => void) {
    this.#send = send;
    this.#source = new RemoteSource(send);
    this.#traffic = new TrafficReport((counts) => send({ kind: 'traffic', counts }));
  }

  receive(message: ToWorker, socket: Socket | undefined): void {
    switch (message.kind) {
      case 'setting':
        return this.#set(message.setting);
      case 'client':
        // A client that has gone on the way comes without its socket.
        if (socket === undefined) return this.#send({ kind: 'over', id: message.client.id });
        this.#send({ kind: 'has-client', id: message.client.id });
        return this.#serve(message.client, socket);
      case 'admission':
        return this.#served.get(message.id)?.admission.resolve(received(message.admission));
      case 'stop':
      case 'end':
        return this.#finish(message);
      case 'end-if-idle':
        return void this.#served.get(message.id)?.session.endIfIdle(message.why);
      case 'answer':
      case 'no-answer':
        return this.#source.receive(message);
    }
  }

  #set({ userAgent, httpConnect, dialTimeoutMs, keepAliveMs, logLevel, channels }: WorkerSetting): void {
    this.#source.forget();
    // Dials that are under way go on with the one that they began with.
    this.#connector = new Connector({
      shared: this.#source,
      userAgent,
      httpConnect,
      dialTimeoutMs,
      keepAliveMs,
      transport: runtimeTransport,
    });
    this.#logLevel = logLevel;
    for (const name of channels) this.#forward(name);
  }

  /** What is published here is counted in the primary process, beside what the other workers say. */
  #forward(name: string): void {
    if (this.#forwarded.has(name)) return;
    this.#forwarded.add(name);
    subscribe(name, (message) => {
      const event = message as object;
      if (isSessionEvent(name, event)) this.#traffic.note(event);
      this.#send({ kind: 'event', channel: name, event: sendEvent(event) });
    });
  }

  /** One that is not there has ended meanwhile, which has been said, or has never come. */
  #finish({ kind, id, why }: Extract<ToWorker, { kind: 'stop' | 'end' }>): void {
    const served = this.#served.get(id);
    if (served === undefined) this.#send({ kind: 'over', id });
    else served.session[kind](why);
  }

  #serve({ id, instance, target, limits, admission }: SentClient, client: Socket): void {
    // Sockets that come from another process are made without.
    client.allowHalfOpen = true;
    const answer = Promise.withResolvers<Admission>();
    const { uri, ...how } = target;
    const session = new Session(client, {
      id,
      instance,
      uri,
      dial: async (signal, reference) => {
        if (this.#connector === undefined) throw new Error('the worker has not been told how to dial');
        return this.#connector.dial(uri, { ...how, signal, reference });
      },
      admit: (signal) => {
        if (admission !== undefined) return received(admission);
        signal.addEventListener('abort', () => this.#send({ kind: 'stop-waiting', id }), { once: true });
        return answer.promise;
      },
      checkUser: (user) => {
        return how.authType === 'AUTO_IAM' ? remarkOnUser(user, this.#connector?.principal()) : undefined;
      },
      refusals: this.#refusals,
      limits: limits === undefined ? undefined : { ...limits, random: Math.random },
      logger: this.#logger,
    });
    this.#served.set(id, { session, admission: answer });
    void session.run().finally(() => {
      this.#served.delete(id);
      this.#send({ kind: 'over', id });
    });
  }

  /** There is one log, and the primary writes it. */
  readonly #logger: Logger = {
    debug: (message, fields) => this.#log('debug', message, fields),
    info: (message, fields) => this.#log('info', message, fields),
    warn: (message, fields) => this.#log('warn', message, fields),
    error: (message, fields) => this.#log('error', message, fields),
  };

  #log(level: WorkerSetting['logLevel'], message: string, fields?: Parameters<Logger['info']>[1]): void {
    if (levels.indexOf(level) < levels.indexOf(this.#logLevel)) return;
    this.#send({ kind: 'log', level, message, fields, mayRepeat: fields?.[mayRepeat] === true });
  }
}

function received(admission: SentAdmission): Admission {
  if (admission.kind === 'admitted') return { kind: 'admitted', giveBack: () => undefined };
  return { ...admission, error: Buffer.from(admission.error, 'base64') };
}
