// What a service behind the HTTP server sees of a request.

import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from './answer.ts';

export interface HttpRequest {
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** URL of the server, `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  /** Reads the whole body. @throws ApiError 400 when it is beyond 1 MiB. */
  readonly text: () => Promise<string>;
}

export interface HttpService {
  /** Undefined when the path belongs to another service. @throws ApiError */
  answer(request: HttpRequest): Promise<Answer | undefined>;
}
