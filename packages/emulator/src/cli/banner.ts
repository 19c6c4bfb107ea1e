// The text that tells what listens where, and how to point a proxy at it.

import type { Emulator } from '../emulator.ts';

export interface BannerFacts {
  /** Database name of the first IAM user. */
  readonly iamUser: string;
  /** The state folder, where there is one. */
  readonly kept: string | undefined;
  /** How the proxy gets its credentials. */
  readonly credentials: { readonly keyFile: string } | { readonly token: string };
  /** From the program's beginning until it serves. */
  readonly startMs: number;
}

export function banner(emulator: Emulator, facts: BannerFacts): string {
  const { credentials, iamUser, kept } = facts;
  const { user, password } = emulator.superuser;
  const { host, port, version } = emulator.postgres;
  const [first] = emulator.instances;
  const flag =
    'keyFile' in credentials
      ? `--credentials-file ${shellWord(credentials.keyFile)}`
      : // A token needs no file, but it ends.
        `--token ${credentials.token}`;
  return [
    `Admin API      ${emulator.apiEndpoint}`,
    ...(emulator.grpc === undefined ? [] : [`  over gRPC    ${emulator.grpc.endpoint}`]),
    ...emulator.instances.flatMap((instance) => [
      `Instance       ${instance.uri}`,
      `  listens on   ${instance.address}:${instance.port}${instance.publicAddress === undefined ? '' : ` and ${instance.publicAddress}:${instance.publicPort}`}`,
      `  PostgreSQL   ${instance.address}:${instance.postgresPort}, for clients without a proxy`,
    ]),
    `PostgreSQL     ${host}:${port}${version === undefined ? '' : `, ${version}`}`,
    '',
    'Point a proxy at it:',
    `  alloydb-auth-proxy --alloydbadmin-api-endpoint ${emulator.apiEndpoint} ${flag} ${first?.uri ?? ''}`,
    ...('token' in credentials ? ['  (the token lasts one hour; --key-file gives credentials that last)'] : []),
    '',
    'Or send everything that would go to Google to it, setup and doctor included:',
    `  export ALLOYDB_EMULATOR_HOST=${emulator.metadataHost}`,
    '',
    'Log in through the proxy with a password, or without one when it runs with --auto-iam-authn:',
    `  PGPASSWORD=${shellWord(password)} psql "host=127.0.0.1 port=5432 user=${user} dbname=${emulator.postgres.database}"`,
    `  psql "host=127.0.0.1 port=5432 user=${iamUser} dbname=${emulator.postgres.database}"`,
    '',
    'Or without a proxy, with TLS:',
    `  PGPASSWORD=${shellWord(password)} psql "host=${first?.address} port=${first?.postgresPort} user=${user} dbname=${emulator.postgres.database} sslmode=require"`,
    '',
    `Ready after ${(facts.startMs / 1000).toFixed(1)} s. ${kept === undefined ? 'Ctrl-C stops it and removes all data.' : `Ctrl-C stops it; everything is kept in ${kept}.`}`,
    '',
  ].join('\n');
}

function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
