// haproxy, nginx and stunnel as plain TLS clients: no metadata exchange, no sessions resumed, one thread where that can be said.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Candidate, Command, CommandPlace } from './candidate.ts';

export interface TlsClient {
  readonly name: string;
  readonly program: string;
  /** The Debian package that has it. */
  readonly debianPackage: string;
  readonly command: (place: CommandPlace) => Command;
}

export const tlsClients: readonly TlsClient[] = [
  {
    name: 'haproxy',
    program: 'haproxy',
    debianPackage: 'haproxy',
    command: (place) => ({ file: 'haproxy', args: ['-f', write(place, 'haproxy.cfg', haproxyConfig(place))] }),
  },
  {
    name: 'nginx stream',
    program: 'nginx',
    debianPackage: 'nginx libnginx-mod-stream',
    command: (place) => ({
      file: 'nginx',
      args: ['-p', place.folder, '-e', 'stderr', '-c', write(place, 'nginx.conf', nginxConfig(place))],
    }),
  },
  {
    name: 'stunnel',
    program: 'stunnel',
    debianPackage: 'stunnel4',
    command: (place) => ({ file: 'stunnel', args: [write(place, 'stunnel.conf', stunnelConfig(place))] }),
  },
];

export function installedTlsClient({ name, program, command }: TlsClient): Candidate | undefined {
  // Each of them answers -v with its version; stunnel says that it does not know it, and is there all the same.
  return spawnSync(program, ['-v'], { stdio: 'ignore' }).error === undefined
    ? { kind: 'proxy', name, command }
    : undefined;
}

function haproxyConfig({ backend, port }: CommandPlace): string {
  const { host, port: upstream, plain } = backend;
  return `global
  nbthread 1
  maxconn 8000
defaults
  mode tcp
  timeout connect 30s
  timeout client 1h
  timeout server 1h
listen bench
  bind 127.0.0.1:${port}
  server sink ${host}:${upstream} ssl crt ${plain.both} verify required ca-file ${plain.ca} ssl-min-ver TLSv1.3 no-ssl-reuse no-tls-tickets
`;
}

function nginxConfig({ backend, port, folder }: CommandPlace): string {
  const { host, port: upstream, serverName, plain } = backend;
  return `load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
pid ${folder}/nginx.pid;
worker_processes 1;
worker_rlimit_nofile 17000;
events { worker_connections 16000; }
stream {
  server {
    listen 127.0.0.1:${port} backlog=4096;
    proxy_pass ${host}:${upstream};
    proxy_timeout 1h;
    proxy_ssl on;
    proxy_ssl_protocols TLSv1.3;
    proxy_ssl_session_reuse off;
    proxy_ssl_certificate ${plain.cert};
    proxy_ssl_certificate_key ${plain.key};
    proxy_ssl_trusted_certificate ${plain.ca};
    proxy_ssl_verify on;
    proxy_ssl_verify_depth 2;
    proxy_ssl_name ${serverName};
  }
}
`;
}

function stunnelConfig({ backend, port, folder }: CommandPlace): string {
  const { host, port: upstream, plain } = backend;
  return `foreground = quiet
pid = ${folder}/stunnel.pid
debug = warning
sessionResume = no
[bench]
client = yes
accept = 127.0.0.1:${port}
connect = ${host}:${upstream}
cert = ${plain.cert}
key = ${plain.key}
CAfile = ${plain.ca}
verifyChain = yes
sslVersion = TLSv1.3
TIMEOUTidle = 3600
`;
}

function write({ folder }: CommandPlace, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
