// A network namespace with one wire to it on which every packet takes its time: distance, as the kernel simulates it.

import { spawnSync } from 'node:child_process';

export interface DistantNetwork extends Disposable {
  /** Command in front of whatever is to run there. */
  readonly prefix: readonly string[];
  /** The address there; only this machine has a way to it. */
  readonly host: string;
  /** Sets how long a packet and its answer take together. */
  readonly setRoundTrip: (ms: number) => void;
}

/** What is missing, in words; undefined when it can be made here. */
export function distantNetworkImpossible(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are a thing of Linux';
  if (process.getuid?.() !== 0) return 'network namespaces are made by root';
  for (const program of ['ip', 'tc']) {
    if (spawnSync(program, ['-V'], { stdio: 'ignore' }).error !== undefined)
      return `${program} is not installed (iproute2)`;
  }
  const name = `bench-try-${process.pid}`;
  const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (made.status !== 0) return `no network namespace can be made: ${made.stderr.trim()}`;
  const shaped = spawnSync(
    'ip',
    ['netns', 'exec', name, 'tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '1ms'],
    { encoding: 'utf8' },
  );
  spawnSync('ip', ['netns', 'del', name]);
  return shaped.status === 0 ? undefined : `the kernel has no netem (${shaped.stderr.trim().replace(/\.$/, '')})`;
}

/** @throws {Error} when the kernel refuses one of the steps. */
export function makeDistantNetwork(): DistantNetwork {
  const id = process.pid;
  const namespace = `bench-${id}`;
  // Names of devices have at most 15 characters.
  const [near, far] = [`bn${id}`, `bf${id}`];
  // A network of its own for each run, from the range for tests of networks (RFC 2544).
  const network = `198.18.${id % 256}`;
  const [here, there] = [`${network}.1`, `${network}.2`];
  using undo = new DisposableStack();
  run('ip', 'netns', 'add', namespace);
  // Its end of the wire goes with it, and the other end with that.
  undo.defer(() => run('ip', 'netns', 'del', namespace));
  const inside = ['ip', 'netns', 'exec', namespace] as const;
  run('ip', 'link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', namespace);
  run('ip', 'addr', 'add', `${here}/24`, 'dev', near);
  run('ip', 'link', 'set', near, 'up');
  run(...inside, 'ip', 'addr', 'add', `${there}/24`, 'dev', far);
  run(...inside, 'ip', 'link', 'set', far, 'up');
  run(...inside, 'ip', 'link', 'set', 'lo', 'up');
  const made = undo.move();
  return {
    prefix: inside,
    host: there,
    setRoundTrip: (ms) => {
      run('tc', 'qdisc', 'replace', 'dev', near, 'root', 'netem', 'delay', `${ms / 2}ms`, 'limit', '10000');
      run(...inside, 'tc', 'qdisc', 'replace', 'dev', far, 'root', 'netem', 'delay', `${ms / 2}ms`, 'limit', '10000');
    },
    [Symbol.dispose]: () => made.dispose(),
  };
}

function run(...[program = '', ...args]: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr.trim()}`);
}
