// Holds the emulator against Google's own connector for Python, with two drivers.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { proveConnector, type Run } from './connector-cases.ts';
import { runProgram } from './session-program.ts';

const execute = promisify(execFile);
const source = join(import.meta.dirname, 'python');

/** A virtual environment with the connector in it, or why there is none. */
async function install(folder: string): Promise<{ readonly python: string } | { readonly reason: string }> {
  const python = join(folder, 'bin', 'python');
  try {
    await execute('python3', ['-m', 'venv', folder]);
  } catch {
    return { reason: 'Python is not installed, or lacks venv: "python3 -m venv" fails' };
  }
  try {
    await execute(python, ['-m', 'pip', 'install', '-q', '--no-input', '-r', join(source, 'requirements.txt')]);
  } catch {
    return { reason: 'the packages cannot be loaded: "pip install -r interop/python/requirements.txt" fails' };
  }
  return { python };
}

test("Google's connector for Python finds AlloyDB in the emulator", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'alloydb-interop-python-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const installed = await install(folder);
  if ('reason' in installed) {
    t.skip(installed.reason);
    return;
  }
  const withDriver = (driver: string): Run => {
    return (wanted, { grpcEndpoint, authorityFile }) => {
      const { instance, keyFile, user, password, ipType, connections, host, between } = wanted;
      const where = ['--driver', driver, '--api-endpoint', grpcEndpoint, '--key-file', keyFile, '--instance', instance];
      const how = ['--user', user, '--ip-type', ipType, '--connections', String(connections)];
      const rest = ['--host', `${host.name}=${host.address}`, ...(password === undefined ? ['--iam'] : [])];
      const args = [join(source, 'login.py'), ...where, ...how, ...rest, ...(between === undefined ? [] : ['--again'])];
      const env = { INTEROP_PASSWORD: password ?? '', GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: authorityFile };
      return runProgram({ command: installed.python, args, env, ...(between === undefined ? {} : { between }) });
    };
  };
  await proveConnector(t, { pg8000: withDriver('pg8000'), asyncpg: withDriver('asyncpg') });
});
