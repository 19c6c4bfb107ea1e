// Debian's Prometheus, scraping a proxy that runs.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { freePorts } from './free-ports.ts';
import { until } from './until.ts';

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export class PrometheusServer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #origin: string;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.#origin = `http://127.0.0.1:${port}`;
  }

  /** @param target host and port to scrape; the rules are those of the example. */
  static async start(target: string, folder: string): Promise<PrometheusServer> {
    const port = await freePorts(1);
    const config = join(folder, 'prometheus.yml');
    const rules = resolve('examples/prometheus/alerts.yml');
    await writeFile(
      config,
      [
        'global: { scrape_interval: 250ms, evaluation_interval: 250ms }',
        `rule_files: ['${rules}']`,
        'scrape_configs:',
        `  - { job_name: alloydb-auth-proxy, static_configs: [{ targets: ['${target}'] }] }`,
        '',
      ].join('\n'),
    );
    const child = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'tsdb')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    return new PrometheusServer(child, port);
  }

  /** Waits until a query has an answer that suffices. */
  async waitFor(query: string, suffices: (samples: readonly Sample[]) => boolean): Promise<readonly Sample[]> {
    let last: readonly Sample[] = [];
    await until(async () => {
      assert.equal(this.#child.exitCode, null, 'Prometheus has ended');
      last = await this.query(query).catch(() => []);
      return suffices(last);
    });
    return last;
  }

  async query(query: string): Promise<readonly Sample[]> {
    const response = await fetch(`${this.#origin}/api/v1/query?query=${encodeURIComponent(query)}`);
    const { data } = (await response.json()) as {
      readonly data: {
        readonly result: readonly {
          readonly metric: Readonly<Record<string, string>>;
          readonly value: readonly [number, string];
        }[];
      };
    };
    return data.result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'close');
    if (this.#child.exitCode !== null) return;
    this.#child.kill('SIGTERM');
    await ended;
  }
}
