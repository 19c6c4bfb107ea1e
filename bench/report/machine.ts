// What the figures were measured on.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';

export interface Machine {
  readonly processor: string;
  readonly processors: number;
  readonly memoryGiB: number;
  readonly system: string;
  /** Load of the last minute before the benchmark began: what else the machine had to do. */
  readonly load: number;
  /** Name and version of everything that took part. */
  readonly programs: Readonly<Record<string, string>>;
}

const versions: Readonly<Record<string, readonly [string, readonly string[], RegExp]>> = {
  Go: ['go', ['version'], /go([\d.]+)/],
  haproxy: ['haproxy', ['-v'], /version ([\d.]+)/],
  nginx: ['nginx', ['-v'], /nginx\/([\d.]+)/],
  stunnel: ['stunnel', ['-version'], /stunnel ([\d.]+)/],
  pgbench: ['pgbench', ['--version'], /([\d.]+)/],
};

export function describeMachine(): Machine {
  const found = Object.entries(versions).flatMap(([name, [program, args, pattern]]) => {
    const version = pattern.exec(outputOf(program, args))?.[1];
    return version === undefined ? [] : [[name, version] as const];
  });
  const bun = JSON.parse(readFileSync('node_modules/bun/package.json', 'utf8')) as { readonly version: string };
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    processors: cpus().length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    system: `Linux ${release()}`,
    load: loadavg()[0] ?? 0,
    programs: {
      Node: process.versions.node,
      Bun: bun.version,
      OpenSSL: process.versions.openssl,
      ...Object.fromEntries(found),
    },
  };
}

/** Some say their version on standard error. */
function outputOf(program: string, args: readonly string[]): string {
  try {
    return execFileSync('sh', ['-c', 'exec "$0" "$@" 2>&1', program, ...args], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
