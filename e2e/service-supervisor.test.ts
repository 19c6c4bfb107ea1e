// supervisor really supervises: installed by the program's own command, killed and back, stopped without loss (W26).

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { untilAsleep } from './support/asleep.ts';
import { queryWithPg } from './support/clients.ts';
import { freePorts } from './support/free-ports.ts';
import { proxyCommand } from './support/proxy-process.ts';
import { iamUser, setUp } from './support/setting.ts';
import { type ProgramEnd, runProgram, skipUnlessInstalled } from './support/tools.ts';
import { until } from './support/until.ts';

const NAME = 'e2e-proxy';

/** /etc as it is, with what is written there kept in a folder: the machine's own stays as it was. */
const OWN_ETC = `
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$0/etc,workdir=$0/work" /etc &&
mkdir -p /etc/supervisor/conf.d && mount --bind "$0/supervisord.conf" "$1" &&
mount --bind "$0/log" /var/log/supervisor`;

const skip =
  skipUnlessInstalled('supervisord') ||
  skipUnlessInstalled('unshare') ||
  (process.getuid?.() === 0 ? false : 'only root can give supervisor an /etc of its own');

/** supervisord with its files in a folder of the scenario, and whatever runs beside it sees the same /etc. */
/** A folder that every system has, seen through by the clone where supervisord is. */
const cloneInside = '/srv';

class Supervisor implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#process = child;
    this.#ended = once(child, 'close');
  }

  static async start(folder: string): Promise<Supervisor> {
    for (const name of ['etc', 'work', 'log']) mkdirSync(join(folder, name));
    const conf = '/etc/supervisor/supervisord.conf';
    writeFileSync(join(folder, 'supervisord.conf'), supervisordConf(folder));
    // Wherever the clone lies, among temporary files perhaps, a service can run it from here.
    const ownClone = `mount --bind "$2" ${cloneInside}`;
    const script = `${OWN_ETC} && ${ownClone} && exec supervisord --nodaemon --configuration "$1"`;
    const child = spawn('unshare', ['--mount', 'sh', '-c', script, folder, conf, process.cwd()], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    const supervisor = new Supervisor(child);
    await until(() => {
      if (child.exitCode !== null) assert.fail(`supervisord ended: ${output}`);
      return output.includes('supervisord started');
    });
    return supervisor;
  }

  /** Runs a program to its end where supervisord is. */
  run(program: string, ...args: readonly string[]): Promise<ProgramEnd> {
    const enter = ['--target', String(this.#process.pid), '--mount'];
    const inClone = ['sh', '-c', `cd ${cloneInside} && exec "$0" "$@"`, program, ...args];
    return runProgram('nsenter', [...enter, ...inClone], process.env);
  }

  async service(...words: readonly string[]): Promise<string> {
    const [program = '', ...args] = proxyCommand.map((word) => word.replace(process.cwd(), cloneInside));
    const { status, stdout, stderr } = await this.run(program, ...args, 'service', ...words);
    assert.equal(status, 0, stdout + stderr);
    return stdout;
  }

  async pid(): Promise<number> {
    const { stdout } = await this.run('supervisorctl', 'pid', NAME);
    return Number(stdout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill();
    await this.#ended;
  }
}

function supervisordConf(folder: string): string {
  return `\
[unix_http_server]
file=${folder}/control.sock
chmod=0700
[supervisord]
logfile=${folder}/supervisord.log
pidfile=${folder}/supervisord.pid
childlogdir=${folder}/log
user=root
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://${folder}/control.sock
[include]
files=/etc/supervisor/conf.d/${NAME}.conf
`;
}

test('supervisor starts the proxy again when it was killed, and stops it without breaking a query', {
  skip,
}, async () => {
  await using setting = await setUp();
  await using supervisor = await Supervisor.start(setting.folder);
  const port = await freePorts(1);
  const login = { port, user: iamUser };
  const flags = [...setting.flags, '-i', `--port=${port}`, '--max-sigterm-delay=60s', setting.instance];
  const place = ['--manager', 'supervisor', '--name', NAME];

  const written = await supervisor.service('install', ...place, '--', ...flags);
  assert.match(written, /write \/etc\/alloydb-auth-proxy\/e2e-proxy\.toml \(mode 0600\)/);
  await until(() => answers(login));
  const first = await supervisor.pid();

  const again = await supervisor.service('install', ...place, '--', ...flags);
  assert.match(again, /is installed like this already/);
  assert.equal(await supervisor.pid(), first, 'it is left running');

  process.kill(first, 'SIGKILL');
  await until(async () => ![0, first].includes(await supervisor.pid()));
  await until(() => answers(login));
  // It serves before supervisor calls it running, which takes as long as its startsecs.
  await until(async () => (await supervisor.run('supervisorctl', 'status', NAME)).stdout.includes('RUNNING'));
  assert.match(await supervisor.service('status', '--name', NAME), /RUNNING/);

  const changed = await supervisor.service('install', ...place, '--', ...flags, '--max-connections=7');
  assert.match(changed, /\+ max-connections = 7/);
  await until(() => answers(login));

  const client = new Client({ host: '127.0.0.1', database: 'postgres', ...login });
  await client.connect();
  const query = client.query('select pg_sleep(3)');
  await untilAsleep(login);
  const stopped = supervisor.service('stop', '--name', NAME);
  assert.equal((await query).rowCount, 1, 'the query finishes');
  await client.end();
  await stopped;
  const { stdout } = await supervisor.run('supervisorctl', 'status', NAME);
  assert.match(stdout, /STOPPED/);

  const removed = await supervisor.service('uninstall', '--name', NAME);
  assert.match(removed, /remove \/etc\/supervisor\/conf\.d\/e2e-proxy\.conf/);
  const gone = await supervisor.run('supervisorctl', 'status', NAME);
  assert.match(gone.stdout, /no such process/);
});

async function answers(login: { readonly port: number; readonly user: string }): Promise<boolean> {
  return queryWithPg(login, 'select 1').then(
    () => true,
    () => sleep(100, false),
  );
}
