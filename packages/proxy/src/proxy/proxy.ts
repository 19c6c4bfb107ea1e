// The proxy: a connector and one mount for each instance, started, drained and stopped together.

import { isDeepStrictEqual } from 'node:util';
import { type Connector, formatInstanceUri, type InstanceUri } from 'alloydb-connector';
import type { InstanceConfig, ListenAt, ProxyConfig } from '../config/config.ts';
import { formatTarget, targetName } from '../config/instance-target.ts';
import { InstanceDomains } from '../discovery/instance-domains.ts';
import type { Logger } from '../observability/logger.ts';
import type { ActivatedSocket } from '../service/socket-activation.ts';
import { shuttingDown } from './client-error.ts';
import { type ConnectorSetting, connectorOptions } from './connector-options.ts';
import { CurrentConnector } from './current-connector.ts';
import { ClientRoom } from './client-room.ts';
import { descriptorWarning, mostArriving, sessionsThatFit } from './descriptor-limit.ts';
import { DescriptorWatch } from './descriptor-watch.ts';
import { type DrainOptions, drain, type LifecycleState } from './lifecycle.ts';
import { publishLifecycle } from './lifecycle-events.ts';
import { dialOptions, dialTo } from './instance-dial.ts';
import type { FuseMount } from '../fuse/fuse-mount.ts';
import type { FuseConfig } from '../config/fuse-choice.ts';
import { portsOf } from './listen-next.ts';
import { listenNotices } from './listen-notices.ts';
import type { BoundPlace } from './listen.ts';
import type { MountOptions } from './mount.ts';
import { type ClientCount, Mounts, type MountSetting } from './mounts.ts';
import { whenReady } from './reload-connector.ts';
import { RefusalRoom } from './refusal-room.ts';
import type { Admission, Dial } from './session.ts';
import { sessionLimits } from './session-limits.ts';
import { limitRefusal, type LimitRefusal, slotAdmission } from './slot-admission.ts';
import { type InstanceSlots, type SlotAnswer, Slots } from './slots.ts';
import { StartError } from './start-error.ts';
import { remarkOnUser } from './user-remark.ts';
import { Vacancy } from './vacancy.ts';
import { WarmPools } from './warm-pools.ts';
import { workerCommand, workerEnvironment } from '../workers/worker-command.ts';
import { WorkerPool } from '../workers/worker-pool.ts';
import { workerSetting } from '../workers/worker-setting.ts';

export interface ProxyOptions extends ConnectorSetting {
  readonly config: ProxyConfig;
  readonly logger: Logger;
  /** Called when no client has been connected for `config.shutdown.idleExitMs`. */
  readonly onVacant?: () => void;
}

/** What dialling one instance, without a client, has shown. */
export interface BackendCheck {
  /** Short name of the instance. */
  readonly instance: string;
  readonly error: Error | undefined;
}

const closingAdmission: Admission = {
  kind: 'refused',
  reason: 'shutting-down',
  text: 'refusing new connection: the proxy is shutting down',
  error: shuttingDown('57P03'),
};

export class Proxy implements AsyncDisposable {
  readonly #setting: Omit<ConnectorSetting, 'userAgent'>;
  readonly #current: CurrentConnector;
  #config: ProxyConfig;
  readonly #domains: InstanceDomains;
  readonly #mounts: Mounts;
  readonly #slots: Slots;
  readonly #refusals = new RefusalRoom();
  readonly #arriving = new ClientRoom<string>(mostArriving());
  readonly #logger: Logger;
  readonly #descriptorWatch: DescriptorWatch;
  readonly #vacancy: Vacancy | undefined;
  readonly #warm: WarmPools;
  readonly #workers: WorkerPool | undefined;
  #fuse: FuseMount | undefined;
  #state: LifecycleState = 'starting';
  #lastRefusal: LimitRefusal | undefined;
  #lastId = 0;

  /** @throws {ConnectorError} when the credentials cannot be used. */
  constructor({ config, logger, onVacant = () => undefined, userAgent, ...setting }: ProxyOptions) {
    const { instances, maxConnections, maxConnectionsWaitMs } = config;
    const { idleExitMs } = config.shutdown;
    this.#config = config;
    this.#logger = logger;
    this.#setting = setting;
    this.#current = new CurrentConnector(connectorOptions(config, { ...setting, userAgent }));
    this.#domains = new InstanceDomains({
      dns: config.dns,
      logger,
      onPoint: (uri, former) => this.#follow(uri, former),
    });
    this.#slots = new Slots({ limit: maxConnections, waitMs: maxConnectionsWaitMs });
    this.#vacancy = idleExitMs === 0 ? undefined : new Vacancy({ limitMs: idleExitMs, onLapse: onVacant });
    this.#workers = config.workers === 1 ? undefined : this.#makeWorkers(config);
    this.#warm = new WarmPools({ slots: this.#slots, dialTo: (instance) => this.#dialTo(instance), logger });
    this.#mounts = new Mounts({ instances, setting: this.#mountSetting(config), slots: this.#slots });
    this.#descriptorWatch = new DescriptorWatch({ onNone: (error) => this.#mounts.pauseAccepting(error) });
  }

  get state(): LifecycleState {
    return this.#state;
  }

  /** Clients that are being served, or wait for it. */
  get openConnections(): number {
    return this.#slots.taken;
  }

  /** Where clients come in, in the order of the instances. */
  get listening(): readonly BoundPlace[] {
    return this.#mounts.listening;
  }

  /** Whom the connections are for, as far as that is known without asking: an e-mail address. */
  get principal(): string | undefined {
    return this.#connector.principal();
  }

  /** The last one because of a limit of the whole program; undefined if there was none. */
  get lastRefusal(): LimitRefusal | undefined {
    return this.#lastRefusal;
  }

  /**
   * Opens every listener, or none.
   *
   * @param sockets that the service manager has opened for some of the instances.
   * @throws {StartError} naming the first address that cannot be listened on.
   */
  async start(sockets: readonly ActivatedSocket[] = []): Promise<void> {
    const warning = descriptorWarning(this.#slots.limit);
    if (warning !== undefined) this.#logger.warn(warning.text, { hint: warning.hint });
    try {
      await this.#workers?.start();
      await this.#mounts.start(sockets, () => this.#state === 'starting');
      if (this.#config.fuse !== undefined && this.#state === 'starting') await this.#mountFuse(this.#config.fuse);
      // Asked to stop meanwhile: nothing more is opened.
      if (this.#state !== 'starting') return await this.stop();
      this.#slots.descriptorLimit = this.#sessionsThatFit();
      this.#logNotices();
      // The first client should find a certificate ready. Nothing waits for it, and a failure concerns its instance alone.
      for (const uri of this.#domains.urisOf(this.#config.instances)) this.#connector.warm(uri);
      this.#domains.watch(this.#config.instances, this.#config.dns);
      this.#enter('serving');
      this.#vacancy?.watch();
      this.#warm.serve(this.#mounts.served, { keep: false });
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /**
   * Makes it the proxy of another configuration. Only listeners that have changed are touched, and no session is: those of
   * an instance that is gone end when they would have ended.
   *
   * @param userAgent product token of the new configuration.
   * @throws {StartError | ConnectorError} with nothing changed.
   */
  async reload(config: ProxyConfig, userAgent: string): Promise<void> {
    const next = this.#current.prepare(connectorOptions(config, { ...this.#setting, userAgent }));
    const { connector, isSame } = next;
    try {
      if (!isSame) await whenReady(connector, config, this.#domains.urisOf(config.instances));
      const { opened, kept, closed } = await this.#mounts.exchange(
        {
          instances: config.instances,
          setting: this.#mountSetting(config),
          renew: (instance) => ({ ...instance, ...config.fuse?.instance, listen: permitted(instance.listen, config) }),
        },
        () => this.#throwUnlessServing(),
      );
      this.#logger.info(`Reloaded the configuration: listeners opened ${opened}, closed ${closed}, kept ${kept}`);
    } catch (error) {
      next.undo();
      throw error;
    }
    const former = this.#domains.urisOf(this.#config.instances);
    next.commit(this.#config.dialTimeoutMs);
    this.#config = config;
    this.#workers?.use(workerSetting(config, this.#current.options));
    this.#slots.reconfigure({ limit: config.maxConnections, waitMs: config.maxConnectionsWaitMs });
    this.#logNotices();
    this.#domains.watch(config.instances, config.dns);
    for (const uri of this.#domains.urisOf(config.instances)) connector.warm(uri);
    for (const uri of former) this.#releaseUnlessServed(uri);
    this.#warm.serve(this.#mounts.served, { keep: isSame });
  }

  /** Dials every instance once and hangs up again. */
  async checkBackends(signal: AbortSignal): Promise<readonly BackendCheck[]> {
    return Promise.all(
      this.#config.instances.map(async (instance) => {
        const name = targetName(instance.target);
        try {
          const { socket } = await this.#dialTo(instance)(signal);
          socket.destroy();
          return { instance: name, error: undefined };
        } catch (error) {
          return { instance: name, error: error instanceof Error ? error : new Error(String(error)) };
        }
      }),
    );
  }

  /** Ends the session with this number; false when there is none. */
  endSession(id: number): boolean {
    return this.#mounts.endSession(id);
  }

  /** Lets the sessions end as the options say, then stops. */
  async drain(options: DrainOptions): Promise<void> {
    await drain(
      {
        enter: (state) => {
          this.#enter(state);
          this.#warm.close();
          if (state !== 'closing') return;
          this.#mounts.handOn();
          this.#slots.endWaiting();
        },
        endIdleSessions: () => {
          this.#mounts.endIdleSessions();
        },
        whenEmpty: () => this.#mounts.whenEmpty(),
      },
      options,
    );
    await this.stop();
  }

  /** Stops accepting, ends every session and all background work. Idempotent. */
  async stop(): Promise<void> {
    this.#vacancy?.close();
    this.#warm.close();
    this.#descriptorWatch.close();
    this.#domains.close();
    // Before its listeners: a name that is asked for meanwhile must not wait for them.
    await this.#fuse?.close();
    const sessionsOver = this.#mounts.stop();
    await this.#workers?.close(sessionsOver);
    await sessionsOver;
    this.#current.close();
    this.#enter('stopped');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** What listeners do by a configuration. They look up the connector when they dial: it may be another one by then. */
  #mountSetting(config: ProxyConfig): MountSetting {
    const { instances, allowFrom, localTls, keepAliveMs, portConflict } = config;
    const claimedPorts = portConflict === 'next' ? portsOf(instances) : undefined;
    return (instance, places) => ({
      instance: targetName(instance.target),
      uri: formatTarget(instance.target),
      listenAt: instance.listen,
      dial: this.#warm.dialFor(instance),
      admit: (signal) => this.#admit(places, signal),
      allowFrom,
      localTls,
      checkUser: (user) => (instance.autoIamAuthn ? remarkOnUser(user, this.#connector.principal()) : undefined),
      refusals: this.#refusals,
      arriving: this.#arriving,
      limits: sessionLimits(config, { mayMove: instance.target.kind === 'domain' }),
      keepAliveMs,
      claimedPorts,
      openSession: this.#openSession(instance),
      vacancy: this.#vacancy,
      logger: this.#logger,
      nextId: () => (this.#lastId += 1),
    });
  }

  async #mountFuse(config: FuseConfig): Promise<void> {
    const { startFuse } = await import('../fuse/fuse-mount.ts');
    this.#fuse = await startFuse({
      config,
      logger: this.#logger,
      listen: (uri, path, clients) => this.#listenFor(uri, path, clients),
    });
  }

  /** Nothing is asked of the Admin API before a client comes: whoever looks at a folder wants no connection. */
  async #listenFor(uri: InstanceUri, path: string, clients: ClientCount): Promise<() => void> {
    const { fuse } = this.#config;
    if (fuse === undefined) throw new StartError('the configuration no longer has --fuse', { hint: 'start it again' });
    const listen = { kind: 'unix', path, permissions: fuse.permissions } as const;
    const instance = { ...fuse.instance, target: { kind: 'instance', uri }, listen } as const;
    const close = await this.#mounts.add(instance, { setting: this.#mountSetting(this.#config), clients });
    return () => {
      close();
      this.#releaseUnlessServed(uri);
    };
  }

  #follow(uri: InstanceUri, former: InstanceUri | undefined): void {
    this.#connector.warm(uri);
    if (former !== undefined) this.#releaseUnlessServed(former);
  }

  /** Its certificate would be renewed for ever. */
  #releaseUnlessServed(uri: InstanceUri): void {
    const isServed = this.#domains.urisOf(this.#mounts.instances).some((served) => isDeepStrictEqual(served, uri));
    if (!isServed) this.#connector.release(uri);
  }

  #makeWorkers(config: ProxyConfig): WorkerPool {
    return new WorkerPool({
      count: config.workers,
      command: workerCommand(process),
      env: workerEnvironment(process.env),
      setting: workerSetting(config, this.#current.options),
      source: () => this.#connector.share(),
      logger: this.#logger,
    });
  }

  /** Those of a DNS name would have to be told when it points elsewhere: the configuration has refused it. */
  #openSession({ target, ...instance }: InstanceConfig): MountOptions['openSession'] {
    const workers = this.#workers;
    if (workers === undefined || target.kind === 'domain') return undefined;
    const dialTarget = { uri: formatInstanceUri(target.uri), ...dialOptions(instance) };
    return (client, options) => workers.open(client, { ...options, target: dialTarget });
  }

  /** The limit of open files is that of each process, and the sessions are with the workers. */
  #sessionsThatFit(): number | undefined {
    const { localTls } = this.#config;
    const each = sessionsThatFit({ arriving: localTls === undefined ? 0 : this.#arriving.most });
    return each === undefined ? undefined : each * this.#config.workers;
  }

  #enter(state: LifecycleState): void {
    if (state === this.#state) return;
    this.#state = state;
    publishLifecycle({ at: 'state', state });
  }

  #throwUnlessServing(): void {
    if (this.#state === 'serving') return;
    throw new StartError('the proxy is shutting down', { hint: 'start it again with the new configuration' });
  }

  #logNotices(): void {
    const { localTls, fuse } = this.#config;
    const behindFuse =
      fuse === undefined
        ? []
        : [{ listen: { kind: 'unix', path: fuse.tmpFolder, permissions: fuse.permissions } } as const];
    const config = { localTls, instances: [...this.#mounts.ownInstances, ...behindFuse] };
    const addresses = this.listening.flatMap((place) => (place.kind === 'tcp' ? place.host : []));
    for (const { severity, text, hint } of listenNotices({ config, addresses })) {
      this.#logger[severity](text, { hint });
    }
  }

  #admit(places: InstanceSlots, signal: AbortSignal): Admission | Promise<Admission> {
    if (this.#isClosing && !this.#mounts.isHandedOn(places)) return closingAdmission;
    const asked = places.acquire(signal);
    return asked instanceof Promise ? asked.then((answer) => this.#admission(answer)) : this.#admission(asked);
  }

  #admission(answer: SlotAnswer): Admission {
    if (answer.kind === 'cancelled' && this.#isClosing) return closingAdmission;
    // A full instance says nothing about the others: readiness is about the whole proxy.
    if (answer.kind === 'refused' && answer.by !== 'instance') this.#lastRefusal = limitRefusal(answer);
    return slotAdmission(answer);
  }

  get #connector(): Connector {
    return this.#current.connector;
  }

  get #isClosing(): boolean {
    return this.#state === 'closing' || this.#state === 'stopped';
  }

  #dialTo(instance: InstanceConfig): Dial {
    return dialTo(instance, { connector: () => this.#connector, domains: this.#domains });
  }
}

/** With the permissions that sockets have by another configuration. */
function permitted(listen: ListenAt, { fuse }: ProxyConfig): ListenAt {
  return listen.kind === 'unix' && fuse !== undefined ? { ...listen, permissions: fuse.permissions } : listen;
}
