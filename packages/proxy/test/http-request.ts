// One HTTP request over a connection of its own, with whatever headers a test wants to send.

import { request } from 'node:http';

export interface HttpRequest {
  readonly port: number;
  readonly path: string;
  /** Default: GET. */
  readonly method?: string;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpReply {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export function httpRequest({
  port,
  path,
  method = 'GET',
  host = '127.0.0.1',
  headers = {},
}: HttpRequest): Promise<HttpReply> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpReply>();
  const sent = request({ host, port, path, method, headers, agent: false }, (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (part: string) => {
      text += part;
    });
    response.on('end', () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
    response.on('error', reject);
  });
  sent.on('error', reject);
  sent.end();
  return promise;
}

export function get(port: number, path: string): Promise<HttpReply> {
  return httpRequest({ port, path });
}
