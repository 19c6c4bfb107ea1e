// Our own proxy as users run it: the built package on Node, and the standalone executable.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Candidate, Command, CommandPlace } from './candidate.ts';

const entry = 'packages/proxy/dist/main.js';
const target = `${process.platform}-${process.arch}`;
const executable = `dist-executables/alloydb-auth-proxy-${target}`;

export const onNodeName = 'ours on Node';
export const executableName = 'our executable';

/** @throws {Error} when the sources cannot be built. */
export function buildOurs(): void {
  run(['tools/build.ts']);
  run(['tools/build-executables.ts', '--target', target]);
}

/** Undefined when it is not built. */
export function oursOnNode(): Candidate | undefined {
  return existsSync(entry) ? proxy(onNodeName, [process.execPath, resolve(entry)]) : undefined;
}

/** Undefined when it is not built. */
export function oursAsExecutable(): Candidate | undefined {
  return existsSync(executable) ? proxy(executableName, [resolve(executable)]) : undefined;
}

/** Those of ours with `count` connections kept ready; whoever else there is has no such thing. */
export function withWarmConnections(candidates: readonly Candidate[], count: number): readonly Candidate[] {
  return candidates.flatMap((candidate) => {
    if (candidate.kind === 'direct' || !isOurs(candidate.name)) return [];
    const command = (place: CommandPlace): Command => {
      const { file, args } = candidate.command(place);
      return { file, args: [...args, `--warm-connections=${count}`] };
    };
    return [{ kind: 'proxy', name: `${candidate.name}, ${count} warm`, command }];
  });
}

/** Whether a candidate of that name is our proxy, in whatever form. */
export function isOurs(name: string): boolean {
  return [onNodeName, executableName].some((own) => name.startsWith(own));
}

function proxy(name: string, [file = '', ...before]: readonly string[]): Candidate {
  return { kind: 'proxy', name, command: (place) => ({ file, args: [...before, ...flags(place)] }) };
}

function flags({ backend, port }: CommandPlace): readonly string[] {
  const { api, credentials, uri } = backend;
  return ['--port', String(port), '--credentials-file', credentials, '--alloydbadmin-api-endpoint', api, uri];
}

function run(args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`node ${args.join(' ')} failed: build what is measured first, or use --no-build`);
}
