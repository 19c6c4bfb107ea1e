// What happens to a client between the listener and its session: the allow list, and local TLS.

import type { Socket } from 'node:net';
import type { ListenAt, LocalTlsConfig } from '../config/config.ts';
import { type Logger, mayRepeat } from '../observability/logger.ts';
import type { AllowList } from '../config/allow-list.ts';
import type { ClientRoom } from './client-room.ts';
import { LocalTls } from './local-tls.ts';
import { LocalTlsFiles } from './local-tls-files.ts';
import { describePeer } from './peer.ts';
import type { RefusalRoom } from './refusal-room.ts';
import { publishSession, type RefusalReason } from './session-events.ts';

export interface ArrivalsOptions {
  /** Short name of the instance, for log lines. */
  readonly instance: string;
  readonly listenAt: ListenAt;
  /** Peers that may connect; undefined for everybody. Unix sockets have their modes instead. */
  readonly allowFrom: AllowList | undefined;
  /** Files for TLS on TCP listeners; undefined for none. Clients of PostgreSQL use no TLS over Unix sockets. */
  readonly localTls: LocalTlsConfig | undefined;
  readonly logger: Logger;
  /** Where clients are told that they cannot be served. */
  readonly refusals: Pick<RefusalRoom, 'refuse'>;
  /** Where clients of local TLS are until they have encrypted. */
  readonly arriving: ClientRoom<string>;
  /** Numbers the sessions of the process; those that are refused here have a number too. */
  readonly nextId: () => number;
  /** Gets whoever may come in, with nothing of what it says lost. */
  readonly onClient: (client: Socket) => void;
}

export class Arrivals {
  readonly #options: ArrivalsOptions;
  readonly #allowFrom: AllowList | undefined;
  readonly #tls: LocalTls | undefined;

  /** @throws {StartError} when the files of local TLS cannot be used. */
  constructor(options: ArrivalsOptions) {
    this.#options = options;
    const { listenAt, allowFrom, localTls, onClient, refusals, arriving } = options;
    if (listenAt.kind === 'unix') return;
    this.#allowFrom = allowFrom;
    if (localTls === undefined) return;
    this.#tls = new LocalTls({
      files: new LocalTlsFiles(localTls),
      refusals,
      arriving,
      onClient,
      onRefused: (peer, reason) => this.#refused('local-tls', `refusing ${peer ?? 'a client'}: local TLS: ${reason}`),
      onReload: (error) => this.#reloaded(error),
    });
  }

  /** Takes a client that has just been accepted. */
  take(client: Socket): void {
    if (this.#allowFrom?.allows(client.remoteAddress) === false) {
      this.#refused('not-allowed', `refusing ${describePeer(client)}: --allow-from does not name it`);
      client.destroy();
      return;
    }
    if (this.#tls === undefined) {
      this.#options.onClient(client);
      return;
    }
    const { instance, logger } = this.#options;
    client.on('error', (error) => logger.debug(`[${instance}] client socket before its session: ${error.message}`));
    this.#tls.take(client);
  }

  /** Disconnects those that are not yet in. Idempotent. */
  close(): void {
    this.#tls?.close();
  }

  #refused(reason: RefusalReason, text: string): void {
    const { instance, logger, nextId } = this.#options;
    const id = nextId();
    logger.info(`[${instance}] ${text}`, { connection: id, instance, [mayRepeat]: true });
    publishSession({ at: 'refused', id, instance, reason });
  }

  #reloaded(error: Error | undefined): void {
    const { instance, logger } = this.#options;
    if (error === undefined) logger.info(`[${instance}] The files of local TLS have changed and are used from now on`);
    else {
      logger.error(`[${instance}] cannot use the changed files of local TLS: ${error.message}`, {
        hint: 'until they are put right, clients get the certificate that was read before',
      });
    }
  }
}
