// The Go relay of bench/peers: the shape of the official proxy's data plane, built with the machine's Go.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Candidate } from './candidate.ts';

export const goRelayName = 'Go relay';

/** @throws {Error} when Go is there and the relay does not compile. Undefined without Go. */
export function buildGoRelay(folder: string): Candidate | undefined {
  if (spawnSync('go', ['version'], { stdio: 'ignore' }).error !== undefined) return undefined;
  const file = join(folder, 'go-relay');
  const { status, stderr } = spawnSync('go', ['build', '-o', file, '.'], {
    cwd: join(import.meta.dirname, '../peers/go-relay'),
    env: { ...process.env, CGO_ENABLED: '0' },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the Go relay does not compile:\n${stderr}`);
  return {
    kind: 'proxy',
    name: goRelayName,
    command: ({ backend: { host, port: upstream, exchanging }, port }) => ({
      file,
      args: [
        `-listen=127.0.0.1:${port}`,
        `-connect=${host}:${upstream}`,
        `-cert=${exchanging.cert}`,
        `-key=${exchanging.key}`,
        `-ca=${exchanging.ca}`,
        `-token=${exchanging.token}`,
      ],
    }),
  };
}
