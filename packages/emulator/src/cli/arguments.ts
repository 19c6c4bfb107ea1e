// Reads the command line of the program.

import { parseArgs } from 'node:util';
import { EmulatorError, reasonOf } from '../emulator-error.ts';
import { isSslMode, SSL_MODES } from '../connection-rule.ts';
import { DEFAULT_INSTANCE, type EmulatorOptions } from '../options.ts';
import { COMMANDS, type CommandRow, type Values } from './commands.ts';
import { DEFAULT_API_PORT } from './control-client.ts';

export type Command =
  | { readonly is: 'help' }
  | { readonly is: 'version' }
  | {
      readonly is: 'control';
      readonly row: CommandRow;
      readonly names: readonly string[];
      readonly values: Values;
      readonly url: string | undefined;
    }
  | {
      readonly is: 'start';
      readonly options: EmulatorOptions;
      readonly keyFile: string | undefined;
      /** Where the certificate goes that clients of gRPC have to trust. */
      readonly grpcAuthority: string | undefined;
      /** Where the roots go that direct clients have to trust. */
      readonly caFile: string | undefined;
      readonly iamUsers: readonly string[];
    };

export const HELP = `Usage: alloydb-emulator [start] [options]
       alloydb-emulator COMMAND [--url URL]

A local AlloyDB: Admin API, token endpoint, server-side proxies and a real PostgreSQL. All data is gone when it stops, unless
--state-dir keeps it.

Options:
  --instance URI            instance to serve, may be repeated
                            (default projects/local/locations/us-central1/clusters/demo/instances/primary)
  --state FILE              JSON file with clusters, instances, users, roles and keys to begin with
  --state-dir DIR           keep everything there from start to start
  --api-port N              port of the Admin API on 127.0.0.1 (default: ${DEFAULT_API_PORT}, or a free one when that is taken)
  --grpc-port N             serve the Admin API over gRPC too, with TLS, on this port of 127.0.0.1 (0: a free one)
  --grpc-authority PATH     write the certificate there that clients of gRPC have to trust
  --server-proxy-port N     port of the server-side proxies, on loopback addresses of their own (default 5433)
  --postgres-port N         PostgreSQL port of the instances' own addresses, for clients without a proxy (default 5432, or
                            a free one where that is taken)
  --require-connectors      refuse clients at that port: proxies and connectors only
  --ssl-mode MODE           ENCRYPTED_ONLY (default) or ALLOW_UNENCRYPTED_AND_ENCRYPTED, for that port
  --ca-file PATH            write the certificates there that verify that port, at the start
  --database-url URL        use this PostgreSQL, as a superuser, instead of starting one
  --postgres-password TEXT  password of the user postgres (default random)
  --iam-user EMAIL          IAM database user to create, may be repeated
                            (default app@PROJECT.iam.gserviceaccount.com)
  --certificate-life N      life of client certificates in seconds (default: as the caller asks)
  --token-life N            life of access tokens in seconds (default 3600)
  --key-file PATH           write the first IAM user's service-account key there; removed at the end,
                            unless --state-dir keeps what it is good for
  --version                 print the version
  --help                    print this text

Commands for an emulator that runs (--url, else ALLOYDB_EMULATOR_HOST, else http://127.0.0.1:${DEFAULT_API_PORT}):
${Object.entries(COMMANDS).map(commandLines).join('')}`;

function commandLines([words, { takes, help }]: readonly [string, CommandRow]): string {
  return `  ${[words, takes].filter((part) => part !== '').join(' ')}\n${help === '' ? '' : `      ${help}\n`}`;
}

/** @throws EmulatorError `INVALID_OPTION` */
export function readArguments(argv: readonly string[]): Command {
  const control = readCommand(argv);
  if (control !== undefined) return control;
  const values = parse(argv[0] === 'start' ? argv.slice(1) : argv);
  if (values.help === true) return { is: 'help' };
  if (values.version === true) return { is: 'version' };
  const options: EmulatorOptions = {
    ...instancesOf(values),
    ...(values.state === undefined ? {} : { stateFile: values.state }),
    ...(values['state-dir'] === undefined ? {} : { stateDir: values['state-dir'] }),
    preferredApiPort: DEFAULT_API_PORT,
    ...(values['postgres-port'] === undefined
      ? {}
      : { postgresPort: readPort('--postgres-port', values['postgres-port']) }),
    ...(values['api-port'] === undefined ? {} : { apiPort: readPort('--api-port', values['api-port']) }),
    ...(values['grpc-port'] === undefined && values['grpc-authority'] === undefined
      ? {}
      : { grpcPort: readPort('--grpc-port', values['grpc-port'] ?? '0') }),
    ...(values['server-proxy-port'] === undefined
      ? {}
      : { serverProxyPort: readPort('--server-proxy-port', values['server-proxy-port']) }),
    ...(values['database-url'] === undefined ? {} : { postgres: { databaseUrl: values['database-url'] } }),
    ...(values['certificate-life'] === undefined
      ? {}
      : { clientCertificateLifeMs: readSeconds('--certificate-life', values['certificate-life']) }),
    ...(values['token-life'] === undefined ? {} : { tokenLifeMs: readSeconds('--token-life', values['token-life']) }),
    ...(values['postgres-password'] === undefined ? {} : { postgresPassword: values['postgres-password'] }),
  };
  return {
    is: 'start',
    options,
    keyFile: values['key-file'],
    grpcAuthority: values['grpc-authority'],
    caFile: values['ca-file'],
    iamUsers: values['iam-user'] ?? [],
  };
}

function parse(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        instance: { type: 'string', multiple: true },
        state: { type: 'string' },
        'state-dir': { type: 'string' },
        'api-port': { type: 'string' },
        'grpc-port': { type: 'string' },
        'grpc-authority': { type: 'string' },
        'server-proxy-port': { type: 'string' },
        'postgres-port': { type: 'string' },
        'require-connectors': { type: 'boolean' },
        'ssl-mode': { type: 'string' },
        'ca-file': { type: 'string' },
        'database-url': { type: 'string' },
        'postgres-password': { type: 'string' },
        'iam-user': { type: 'string', multiple: true },
        'certificate-life': { type: 'string' },
        'token-life': { type: 'string' },
        'key-file': { type: 'string' },
        version: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return values;
  } catch (cause) {
    throw misused(cause);
  }
}

/** Undefined for what starts an emulator. */
function readCommand(argv: readonly string[]): Command | undefined {
  const [verb = '', noun = ''] = argv;
  if (verb === 'start' || verb === '' || verb.startsWith('-')) return undefined;
  const words = Object.keys(COMMANDS).find((known) => known === verb || known === `${verb} ${noun}`);
  const row = words === undefined ? undefined : COMMANDS[words];
  if (words === undefined || row === undefined) {
    const known = Object.keys(COMMANDS).filter((one) => one.startsWith(`${verb} `));
    throw new EmulatorError('INVALID_OPTION', `Unknown command '${[verb, noun].join(' ').trim()}'`, {
      hint: known.length === 0 ? 'see alloydb-emulator --help' : `the commands are ${known.join(', ')}`,
    });
  }
  const args = argv.slice(words.split(' ').length);
  try {
    const options = { ...row.options, url: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const { url, help, ...rest } = values;
    if (help === true) return { is: 'help' };
    const [least, most] = row.names;
    if (positionals.length < least || positionals.length > most) {
      throw new EmulatorError('INVALID_OPTION', `Cannot run "${words}" with ${positionals.length} names`, {
        hint: `write it as alloydb-emulator ${words} ${row.takes}`.trimEnd(),
      });
    }
    return { is: 'control', row, names: positionals, values: rest, url };
  } catch (cause) {
    throw cause instanceof EmulatorError ? cause : misused(cause);
  }
}

/** Only the first sentence; the second is advice for the shell that fits no case here. */
function misused(cause: unknown): EmulatorError {
  const [reason = ''] = reasonOf(cause).split('. ');
  return new EmulatorError('INVALID_OPTION', reason, { cause, hint: 'see alloydb-emulator --help' });
}

/** With the connection rule that the command line gives to all of them. */
function instancesOf(values: ReturnType<typeof parse>): Pick<EmulatorOptions, 'instances'> {
  const { instance: uris, state, 'require-connectors': requireConnectors, 'ssl-mode': sslMode } = values;
  if (sslMode !== undefined && !isSslMode(sslMode)) {
    throw new EmulatorError('INVALID_OPTION', `Cannot use "${sslMode}" as --ssl-mode: there is no such mode`, {
      hint: `give one of ${SSL_MODES.join(', ')}`,
    });
  }
  const told = {
    ...(requireConnectors === undefined ? {} : { requireConnectors }),
    ...(sslMode === undefined ? {} : { sslMode }),
  };
  const [flag] = Object.keys(told).length === 0 ? [] : [sslMode === undefined ? '--require-connectors' : '--ssl-mode'];
  if (flag !== undefined && state !== undefined) {
    throw new EmulatorError('INVALID_OPTION', `Cannot use ${flag} together with --state`, {
      hint: 'say it of each instance in the file',
    });
  }
  if (uris === undefined && flag === undefined) return {};
  return { instances: (uris ?? [DEFAULT_INSTANCE]).map((uri) => ({ uri, ...told })) };
}

function readPort(flag: string, text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new EmulatorError('INVALID_OPTION', `Cannot use "${text}" as ${flag}: not a port number`, {
    hint: 'give a number from 0 to 65535, where 0 takes a free port',
  });
}

/** Returns milliseconds. */
function readSeconds(flag: string, text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text) * 1000;
  throw new EmulatorError('INVALID_OPTION', `Cannot use "${text}" as ${flag}: not a number of seconds`, {
    hint: 'give a whole number from 1 to 9999999',
  });
}
