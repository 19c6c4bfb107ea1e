// The newest version on the registry that the npm client is configured with.

import { spawn } from 'node:child_process';
import { CommandError } from '../cli/command-error.ts';
import { PROGRAM } from '../cli/program-name.ts';
import type { Fetch } from './fetch.ts';
import { isObject, malformed, readJsonObject, refuseFailure } from './refusal.ts';
import { parseVersion } from './version-order.ts';
import { readDate, readPageUrl, type VersionSource } from './version-source.ts';

export interface NpmRegistryOptions {
  /** Base URL of the registry. */
  readonly registry: () => Promise<URL>;
  readonly fetch: Fetch;
  readonly now: () => number;
}

// Times of all versions stand only in the package's whole document, which grows with each of them.
const longestDocument = 16 * 1024 * 1024;

/** What the dist-tag `latest` stands for. */
export function npmRegistry({ registry, fetch, now }: NpmRegistryOptions): VersionSource {
  return {
    async newest() {
      const base = await registry();
      const url = new URL(`${base.href.replace(/\/*$/, '/')}${PROGRAM}`);
      const asked = { url, what: 'package', nowMs: now() };
      const answer = await fetch({ url, headers: { accept: 'application/json' }, longestBody: longestDocument });
      refuseFailure(answer, asked);
      const { 'dist-tags': tags, time, homepage } = readJsonObject(answer, asked);
      const latest = isObject(tags) ? tags['latest'] : undefined;
      const version = typeof latest === 'string' ? parseVersion(latest) : undefined;
      if (version === undefined) throw malformed(url.host, 'package', 'its dist-tag "latest" is no version');
      const releasedAt = isObject(time) ? readDate(time[version.text]) : undefined;
      return { version, releasedAt, changes: readPageUrl(homepage) };
    },
  };
}

/**
 * Asks the npm client, which alone knows all the places where that may stand.
 *
 * @throws {CommandError} when it cannot say.
 */
export async function configuredRegistry(env: NodeJS.ProcessEnv): Promise<URL> {
  // The npm client tells its scripts so.
  const text = env['npm_config_registry'] ?? (await askNpm(env)).trim();
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new CommandError('cannot tell which registry npm is configured with: it gives no URL', {
    hint: 'see what npm config get registry prints',
  });
}

const npmLimitMs = 20_000;

function askNpm(env: NodeJS.ProcessEnv): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn('npm', ['config', 'get', 'registry'], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
    // npm is a script there. No argument has anything in it that a shell would read.
    shell: process.platform === 'win32',
    // Not `timeout`, whose timer keeps a program that could not start npm from ending.
    signal: AbortSignal.timeout(npmLimitMs),
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  const fail = (reason: string): void => {
    const hint = 'see what npm config get registry prints';
    reject(new CommandError(`cannot tell which registry npm is configured with: ${reason}`, { hint }));
  };
  child.once('error', ({ code }: NodeJS.ErrnoException) => fail(code === 'ENOENT' ? 'there is no npm' : 'npm fails'));
  child.once('close', (code) => (code === 0 ? resolve(text) : fail('npm fails')));
  return promise;
}
