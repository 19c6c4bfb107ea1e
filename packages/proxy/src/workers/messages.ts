// What the primary process and its workers say to each other, over the IPC channel between them and nowhere else.

import type { AuthType, ErrorCode, IpTypeOption, SharedInfo, SharedTokenKind, Token } from 'alloydb-connector';
import type { LogConfig } from '../config/config.ts';
import type { LogFields } from '../observability/logger.ts';
import type { ProxyEnd } from '../proxy/farewell.ts';
import type { RefusalReason } from '../proxy/session-events.ts';
import type { SessionLimits } from '../proxy/session-limits.ts';
import type { SentError } from './sent-error.ts';

/** How workers dial and log; the same for all of them. */
export interface WorkerSetting {
  readonly userAgent: string;
  readonly httpConnect: boolean;
  readonly dialTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly logLevel: LogConfig['level'];
  /** Names of the diagnostics channels that somebody listens to. */
  readonly channels: readonly string[];
}

/** Where a session's connection goes. */
export interface DialTarget {
  /** Full URI. */
  readonly uri: string;
  readonly ipType: IpTypeOption;
  readonly authType: AuthType;
  readonly dialAddress?: string | undefined;
}

/** What the limits say about a client; the ErrorResponse in base64. */
export type SentAdmission =
  | { readonly kind: 'admitted' }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly text: string; readonly error: string };

/** What a worker is told of a client, whose socket comes along. */
export interface SentClient {
  readonly id: number;
  /** Short name of the instance. */
  readonly instance: string;
  readonly target: DialTarget;
  readonly limits: Omit<SessionLimits, 'random'> | undefined;
  /** Undefined while the client waits for a place. */
  readonly admission: SentAdmission | undefined;
}

export type ToWorker =
  | { readonly kind: 'setting'; readonly setting: WorkerSetting }
  | { readonly kind: 'client'; readonly client: SentClient }
  | { readonly kind: 'admission'; readonly id: number; readonly admission: SentAdmission }
  | { readonly kind: 'stop'; readonly id: number; readonly why: ProxyEnd }
  | { readonly kind: 'end'; readonly id: number; readonly why: ProxyEnd }
  | { readonly kind: 'end-if-idle'; readonly id: number; readonly why: ProxyEnd }
  | { readonly kind: 'answer'; readonly ask: number; readonly value: Answers[keyof Answers] }
  | { readonly kind: 'no-answer'; readonly ask: number; readonly error: SentError<ErrorCode | undefined> };

/** What a worker may ask for, and what it gets. */
export interface Answers {
  readonly info: SharedInfo;
  readonly token: Token;
}

export type Question =
  | { readonly what: 'info'; readonly instance: string; readonly known: number | undefined }
  | { readonly what: 'token'; readonly of: SharedTokenKind };

/** Number of a session, bytes from its client, bytes to it. */
export type SentTraffic = readonly [id: number, bytesFromClient: number, bytesToClient: number];

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'ask'; readonly ask: number; readonly question: Question }
  | { readonly kind: 'refused-info'; readonly instance: string; readonly id: number }
  | { readonly kind: 'refused-token'; readonly value: string }
  | { readonly kind: 'stop-waiting'; readonly id: number }
  /** The socket of a client has come: the primary is to close its own end. */
  | { readonly kind: 'has-client'; readonly id: number }
  | { readonly kind: 'over'; readonly id: number }
  | {
      readonly kind: 'log';
      readonly level: LogConfig['level'];
      readonly message: string;
      readonly fields: LogFields | undefined;
      /** A mark of the fields that does not survive the way by itself. */
      readonly mayRepeat: boolean;
    }
  /** Published by a worker on a diagnostics channel, to be published again where everything is counted. */
  | { readonly kind: 'event'; readonly channel: string; readonly event: object }
  /** What has gone through open sessions so far, those that are idle left out. */
  | { readonly kind: 'traffic'; readonly counts: readonly SentTraffic[] }
  /** Something went wrong that nobody foresaw: it wants to end, once its sessions have. */
  | { readonly kind: 'unwell'; readonly error: string };
