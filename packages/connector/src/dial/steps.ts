// The steps of a dial, each on its own: TCP, TLS, metadata exchange, every failure in the connector's words.

import type { Socket } from 'node:net';
import type { SecureContext, TLSSocket } from 'node:tls';
import { withTimeLimit } from '../abort.ts';
import type { ExchangeRequest } from '../metadata-exchange/codec.ts';
import { exchangeMetadata } from '../metadata-exchange/exchange.ts';
import {
  connectFailed,
  type DialFailure,
  type DialTarget,
  exchangeFailed,
  handshakeFailed,
  requireOk,
} from './dial-errors.ts';
import { handshake, identityError } from './tls.ts';
import type { OpenedTransport, VerifyPeer } from './transport.ts';

// Documented limit of the metadata exchange, each way.
const exchangeLimitMs = 30_000;

export interface SecureStep {
  readonly secureContext: SecureContext;
  /** The instance's own address, whatever address was dialled. */
  readonly serverName: string;
}

/** @throws {ConnectorError} `CONNECT_FAILED`; the signal's reason when it was aborted. */
export function openTcp<T>(target: DialTarget, connect: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return step(target, signal, connectFailed, connect);
}

/** The socket is destroyed when it fails. @throws {ConnectorError} `TLS_FAILED` or one about a certificate. */
export function secure(
  target: DialTarget,
  { socket, ...options }: SecureStep & { readonly socket: Socket },
  signal: AbortSignal,
): Promise<TLSSocket> {
  return step(target, signal, handshakeFailed, async () => {
    try {
      return await handshake(socket, options, signal);
    } catch (error) {
      socket.destroy();
      throw error;
    }
  });
}

/** As {@link secure}, over a transport of the runtime's own. */
export function secureTransport(
  target: DialTarget,
  { opened, serverName }: { readonly opened: OpenedTransport; readonly serverName: string },
  signal: AbortSignal,
): Promise<TLSSocket> {
  const verify: VerifyPeer = (certificate) => identityError(serverName, certificate);
  return step(target, signal, handshakeFailed, () => opened.secured(verify, signal));
}

/** @throws {ConnectorError} unless the server says OK; the socket is still the caller's to destroy. */
export async function exchange(
  target: DialTarget,
  { socket, ...request }: ExchangeRequest & { readonly socket: TLSSocket },
  signal: AbortSignal,
): Promise<void> {
  const outcome = await step(target, signal, exchangeFailed, () =>
    withTimeLimit(exchangeLimitMs, [signal], (limited) => exchangeMetadata(socket, request, limited)),
  );
  requireOk(outcome, target);
}

async function step<T>(
  target: DialTarget,
  signal: AbortSignal,
  failure: DialFailure,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    throw failure(target, error);
  }
}
