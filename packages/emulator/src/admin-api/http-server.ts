// The HTTP server in front of the Admin API and the token endpoint.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { EmulatorError, reasonOf } from '../emulator-error.ts';
import type { ApiFault } from '../faults/fault.ts';
import type { FaultPlan } from '../faults/fault-plan.ts';
import { OAuthError } from '../oauth/oauth-error.ts';
import { grantToken, type TokenEndpointParts } from '../oauth/token-endpoint.ts';
import { listen } from '../server-proxy/loopback-address.ts';
import type { StatisticsCounter } from '../statistics.ts';
import { type AdminApiParts, answerCall } from './admin-api.ts';
import { ApiError, errorInfo, invalidArgument, retryInfo } from './api-error.ts';
import { readRoute } from './route.ts';

export interface HttpServerParts {
  readonly admin: AdminApiParts;
  readonly oauth: Omit<TokenEndpointParts, 'tokenUri'>;
  readonly faults: FaultPlan;
  readonly statistics: StatisticsCounter;
  readonly log: (line: string) => void;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const MAX_BODY_BYTES = 1024 * 1024;

export class HttpServer {
  readonly #parts: HttpServerParts;
  readonly #server: Server;
  #endpoint = '';

  constructor(parts: HttpServerParts) {
    this.#parts = parts;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** Resolves to the URL. @throws EmulatorError `ADDRESS_UNAVAILABLE` */
  async listen(port: number): Promise<string> {
    try {
      const place = await listen(this.#server, { host: '127.0.0.1', port });
      this.#endpoint = `http://${place.address}:${place.port}`;
    } catch (cause) {
      throw new EmulatorError('ADDRESS_UNAVAILABLE', `Cannot listen on 127.0.0.1:${port}: ${reasonOf(cause)}`, {
        cause,
        hint: 'choose another port for the Admin API, or 0 for a free one',
      });
    }
    return this.#endpoint;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => {});
    try {
      const answer = await this.#handle(request);
      if (answer === 'reset') request.socket.resetAndDestroy();
      else send(response, answer);
    } catch (error) {
      if (error instanceof ApiError || error instanceof OAuthError) {
        send(response, { status: error.httpStatus, body: error.body });
        return;
      }
      this.#parts.log(`${request.method} ${request.url}: ${reasonOf(error)}`);
      send(response, { status: 500, body: new ApiError(500, 'Internal error encountered.').body });
    }
  }

  async #handle(request: IncomingMessage): Promise<Answer | 'reset'> {
    const url = new URL(request.url ?? '/', this.#endpoint);
    const path = decodePath(url.pathname);
    if (path === '/token' && request.method === 'POST') return this.#handleToken(request);
    const call = readRoute(request.method ?? '', path);
    if (call === undefined) throw new ApiError(404, `Method not found: ${request.method} ${path}`);
    const { admin, faults, statistics } = this.#parts;
    statistics.countApiCall(call.method);
    const fault = faults.take('api', { method: call.method });
    if (fault?.kind === 'api-reset') return 'reset';
    if (fault?.kind === 'api-error') throw orderedError(fault);
    if (fault?.kind === 'api-delay') await delay(fault.delayMs, undefined, { ref: false });
    const body = await answerCall(
      {
        call,
        authorization: request.headers.authorization,
        query: url.searchParams,
        json: async () => parseJson(await readBody(request)),
      },
      admin,
    );
    return { status: 200, body };
  }

  async #handleToken(request: IncomingMessage): Promise<Answer> {
    const { faults, oauth, statistics } = this.#parts;
    statistics.countTokenRequest();
    const fault = faults.take('token');
    if (fault !== undefined) {
      return { status: fault.status ?? 400, body: { error: fault.error, error_description: fault.description } };
    }
    const form = new URLSearchParams(await readBody(request));
    return { status: 200, body: grantToken(form, { ...oauth, tokenUri: `${this.#endpoint}/token` }) };
  }
}

function orderedError(fault: Extract<ApiFault, { kind: 'api-error' }>): ApiError {
  return new ApiError(fault.status, fault.message ?? 'Ordered by a fault.', [
    ...(fault.reason === undefined
      ? []
      : [errorInfo(fault.reason, 'googleapis.com', { service: 'alloydb.googleapis.com' })]),
    ...(fault.retryDelaySeconds === undefined ? [] : [retryInfo(fault.retryDelaySeconds)]),
  ]);
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new ApiError(400, 'The path is not valid percent-encoding.');
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new ApiError(400, 'Request payload size exceeds the limit: 1048576 bytes.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text === '' ? '{}' : text);
  } catch (cause) {
    throw invalidArgument({ field: '', description: `Invalid JSON payload received. ${reasonOf(cause)}` });
  }
}

function send(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { 'content-type': 'application/json; charset=UTF-8' });
  response.end(`${JSON.stringify(answer.body, null, 2)}\n`);
}
