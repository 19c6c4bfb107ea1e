// Reads the command line of the program.

import { parseArgs } from 'node:util';
import { EmulatorError, reasonOf } from '../emulator-error.ts';
import { isSslMode, SSL_MODES } from '../connection-rules.ts';
import { DEFAULT_INSTANCE, type EmulatorOptions } from '../options.ts';

export type Command =
  | { readonly is: 'help' }
  | { readonly is: 'version' }
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

export const HELP = `Usage: alloydb-emulator [options]

A local AlloyDB: Admin API, token endpoint, server-side proxies and a real PostgreSQL. All data is gone when it stops.

Options:
  --instance URI            instance to serve, may be repeated
                            (default projects/local/locations/us-central1/clusters/demo/instances/primary)
  --api-port N              port of the Admin API on 127.0.0.1 (default: a free one)
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
  --key-file PATH           write the first IAM user's service-account key there; removed at the end
  --version                 print the version
  --help                    print this text
`;

/** @throws EmulatorError `INVALID_OPTION` */
export function readArguments(argv: readonly string[]): Command {
  const values = parse(argv);
  if (values.help === true) return { is: 'help' };
  if (values.version === true) return { is: 'version' };
  const options: EmulatorOptions = {
    ...instancesOf(values.instance, { requireConnectors: values['require-connectors'], sslMode: values['ssl-mode'] }),
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
    // Only the first sentence; the second is advice for the shell that fits no case here.
    const [reason = ''] = reasonOf(cause).split('. ');
    throw new EmulatorError('INVALID_OPTION', reason, { cause, hint: 'see alloydb-emulator --help' });
  }
}

function instancesOf(
  uris: readonly string[] | undefined,
  {
    requireConnectors,
    sslMode,
  }: { readonly requireConnectors: boolean | undefined; readonly sslMode: string | undefined },
): Pick<EmulatorOptions, 'instances'> {
  if (sslMode !== undefined && !isSslMode(sslMode)) {
    throw new EmulatorError('INVALID_OPTION', `Cannot use "${sslMode}" as --ssl-mode: there is no such mode`, {
      hint: `give one of ${SSL_MODES.join(', ')}`,
    });
  }
  const told = {
    ...(requireConnectors === undefined ? {} : { requireConnectors }),
    ...(sslMode === undefined ? {} : { sslMode }),
  };
  if (uris === undefined && Object.keys(told).length === 0) return {};
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
