// Cloud Monitoring and Cloud Trace, by Google's OTLP endpoint and with the proxy's own credentials (`--telemetry-project`).

import type { ConnectorOptions } from 'alloydb-connector';
import { GoogleApis } from 'alloydb-connector/google-apis';
import type { TelemetryConfig } from '../../config/config.ts';
import type { Logger } from '../logger.ts';
import { problemOf } from '../model/problem.ts';
import type { OtlpTarget } from './target.ts';

const scope = 'https://www.googleapis.com/auth/cloud-platform';
const intervalMs = 60_000;
const tokenLimitMs = 10_000;

export interface GoogleTargetOptions {
  readonly connectorOptions: ConnectorOptions;
  readonly logger: Logger;
}

export class GoogleTarget implements Disposable {
  readonly target: OtlpTarget;
  readonly #apis: GoogleApis;
  readonly #logger: Logger;
  #lacksToken = false;

  /** @throws {ConnectorError} when the credentials cannot be used. */
  constructor(config: TelemetryConfig, { connectorOptions, logger }: GoogleTargetOptions) {
    this.#apis = new GoogleApis(connectorOptions);
    this.#logger = logger;
    const { project, prefix, sampleRate, metrics, traces } = config;
    const endpoint = this.#apis.endpoint('telemetry');
    this.target = {
      name: `Google's OTLP endpoint for project ${project}`,
      traces: traces ? { url: `${endpoint}/v1/traces`, ratio: 1 / sampleRate } : undefined,
      metrics: metrics ? { url: `${endpoint}/v1/metrics`, prefix, intervalMs } : undefined,
      headers: () => this.#headers(project),
      resource: { 'gcp.project_id': project },
    };
  }

  [Symbol.dispose](): void {
    this.#apis.close();
  }

  /** Never rejects, as the exporter wants it: without a token the endpoint refuses, and the reason is said here. */
  async #headers(project: string): Promise<Record<string, string>> {
    const quota = { 'x-goog-user-project': project };
    try {
      const { value } = await this.#apis.token(scope, AbortSignal.timeout(tokenLimitMs));
      this.#lacksToken = false;
      return { ...quota, authorization: `Bearer ${value}` };
    } catch (error) {
      this.#complain(error);
      return quota;
    }
  }

  /** Once until there is one again: metrics and traces ask again and again. */
  #complain(error: unknown): void {
    if (this.#lacksToken) return;
    this.#lacksToken = true;
    const { message, hint } = problemOf(error, 0);
    this.#logger.warn(`cannot get a token to send telemetry with: ${message}`, hint === undefined ? {} : { hint });
  }
}
