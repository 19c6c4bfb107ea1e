// One service of a Windows under Wine: asked by sc.exe, and killed as only Linux can.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ran, Wine } from './wine.ts';

export interface ServiceState {
  readonly state: string;
  readonly exitCode: number;
  readonly checkpoint: number;
}

const limitMs = 60_000;

export class WineService {
  readonly #wine: Wine;
  readonly #name: string;

  constructor(wine: Wine, name: string) {
    this.#wine = wine;
    this.#name = name;
  }

  /** Runs `sc.exe WORD NAME …`. */
  sc(word: string, ...args: readonly string[]): Promise<Ran> {
    return this.#wine.run('sc', word, this.#name, ...args);
  }

  async must(word: string, ...args: readonly string[]): Promise<void> {
    const { code, output } = await this.sc(word, ...args);
    assert.equal(code, 0, `sc ${word}: ${output}`);
  }

  async control(code: number): Promise<void> {
    const program = join(this.#wine.folder, 'service-control.exe');
    const ran = await this.#wine.run(program, this.#name, String(code));
    assert.equal(ran.code, 0, `control ${code}: ${ran.output}`);
  }

  async query(): Promise<ServiceState> {
    const { output } = await this.sc('query');
    const read = (pattern: RegExp): string => pattern.exec(output)?.[1] ?? assert.fail(output);
    return {
      state: read(/STATE\s*: \d+\s+(\w+)/),
      // What the service itself says, where it says that it failed.
      exitCode: Number(read(/SERVICE_EXIT_CODE\s*: (\d+)/)) || Number(read(/WIN32_EXIT_CODE\s*: (\d+)/)),
      checkpoint: Number(read(/CHECKPOINT\s*: (\w+)/)),
    };
  }

  async becomes(isIt: (state: ServiceState) => boolean): Promise<ServiceState> {
    return this.#until('the service did not become what was waited for', async () => {
      const state = await this.query();
      return isIt(state) ? state : undefined;
    });
  }

  async logs(text: string): Promise<void> {
    const path = join(this.#wine.folder, 'logs', 'alloydb-auth-proxy.log');
    await this.#until(`${path} does not say "${text}"`, async () => {
      return readFileSync(path, 'utf8').includes(text) ? true : undefined;
    });
  }

  /** Process ids of the executable, as Linux counts. */
  pids(): readonly number[] {
    const start = `Z:${this.#wine.executable.replaceAll('/', '\\')}`;
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((name) => commandLine(name).startsWith(start))
      .map(Number);
  }

  async #until<T>(problem: string, look: () => Promise<T | undefined>): Promise<T> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > deadline) assert.fail(`${problem}: ${JSON.stringify(await this.query())}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // It has ended since.
    return '';
  }
}
