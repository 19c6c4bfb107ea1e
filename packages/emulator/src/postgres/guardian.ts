// The guardian: a small shell script that runs PostgreSQL and outlives the emulator by just as long as cleaning up takes.

import { type ChildProcess, spawn } from 'node:child_process';
import { chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import type { RunAs } from './unprivileged-user.ts';

export interface GuardianOptions {
  readonly binaries: Binaries;
  /** Removed at the end; holds a file `password` for the superuser. */
  readonly folder: string;
  /** Where the data is, or is made when it is not there yet. Below `folder` it goes with it. */
  readonly dataFolder: string;
  readonly runAs: RunAs | undefined;
  /** To be tried one after the other. */
  readonly ports: readonly number[];
  readonly settings: Readonly<Record<string, string | number>>;
}

/**
 * A process that is killed cannot stop its PostgreSQL nor remove its files. The guardian can: the emulator holds the other
 * end of its standard input, and the system closes that end however the emulator dies. A reader in the background waits
 * for this end of file and tells the main shell, which stops whatever runs and removes the folder.
 *
 * Arguments: folder to remove, data folder, initdb, postgres, ports to try (space-separated), then options for postgres. initdb
 * runs here as well, so that there is no moment without a guardian; what it makes gets its name when it is complete. postgres exits with 1 when its port has been taken
 * meanwhile; then the next port is tried.
 */
const SCRIPT = `
folder=$1 data=$2 initdb=$3 postgres=$4 ports=$5
shift 5
child= stopping=
exec 3<&0 </dev/null

stop() {
  stopping=1
  if [ -n "$child" ]; then kill -INT "$child" 2>/dev/null; fi
}
trap stop TERM
trap '' INT HUP
( trap - TERM; while read -r _; do :; done; kill -TERM $$ ) <&3 &
reader=$!
exec 3<&-

# "wait" also returns when a signal came, so ask until the child is gone.
run() {
  "$@" &
  child=$!
  while :; do
    wait "$child"
    code=$?
    kill -0 "$child" 2>/dev/null || break
  done
  child=
}

code=0
if [ ! -e "$data" ]; then
  rm -rf "$data.new"
  run "$initdb" -D "$data.new" -U postgres --pwfile="$folder/password" --auth=scram-sha-256 \\
    --encoding=UTF8 --no-locale --no-sync
  if [ "$code" = 0 ]; then mv "$data.new" "$data"; fi
fi
rm -f "$folder/password"
if [ "$code" = 0 ]; then
  for port in $ports; do
    [ -z "$stopping" ] || break
    run "$postgres" -D "$data" -p "$port" "$@"
    [ "$code" = 1 ] || break
  done
fi

kill "$reader" 2>/dev/null
rm -rf "$folder"
exit "$code"
`;

/** Ending the child's standard input stops PostgreSQL. */
export async function spawnGuardian(options: GuardianOptions): Promise<ChildProcess> {
  const { binaries, folder, dataFolder, ports, runAs } = options;
  // From a file, because a list of processes should not show the whole script.
  const script = join(folder, 'alloydb-emulator-guardian.sh');
  await writeFile(script, SCRIPT, { mode: 0o600 });
  if (runAs !== undefined) await chown(script, runAs.uid, runAs.gid);
  const settings = Object.entries(options.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const programs = [join(binaries.binDir, 'initdb'), join(binaries.binDir, 'postgres')];
  const values = [folder, dataFolder, ...programs, ports.join(' '), ...settings];
  return spawn('/bin/sh', [script, ...values], {
    cwd: '/',
    env: binaries.environment,
    stdio: ['pipe', 'pipe', 'pipe'],
    // A session of its own: Ctrl-C in a terminal reaches the emulator alone, which stops PostgreSQL in order.
    detached: true,
    ...runAs,
  });
}
