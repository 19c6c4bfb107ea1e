// What a system service of systemd may not do: everything but open connections and read files.

import { dirname } from 'node:path/posix';
import type { Service } from './service.ts';
import { listWord } from './systemd-words.ts';

/** Not MemoryDenyWriteExecute: the compiler of JavaScript writes code into memory and runs it. */
const ALWAYS = `\
DevicePolicy=closed
LockPersonality=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
UMask=0077`;

export function hardening(service: Service): readonly string[] {
  const folders = service.socketActivation ? [] : socketFolders(service);
  const lowPort = needsLowPort(service);
  return [
    `AmbientCapabilities=${lowPort ? 'CAP_NET_BIND_SERVICE' : ''}`,
    `CapabilityBoundingSet=${lowPort ? 'CAP_NET_BIND_SERVICE' : ''}`,
    // Capabilities of a user namespace are none on the network outside.
    ...(lowPort ? [] : ['PrivateUsers=yes']),
    `ProtectHome=${readsHome(service) ? 'read-only' : 'yes'}`,
    ...ALWAYS.split('\n'),
    ...(folders.length === 0 ? [] : [`ReadWritePaths=${folders.map(listWord).join(' ')}`]),
  ];
}

/** The folders in which the program makes those of its Unix sockets. */
function socketFolders({ config: { instances } }: Service): readonly string[] {
  const folders = instances.flatMap(({ listen }) => (listen.kind === 'unix' ? [dirname(dirname(listen.path))] : []));
  return [...new Set(folders)];
}

function needsLowPort({ config: { instances, http, admin }, socketActivation }: Service): boolean {
  const listeners = instances.map(({ listen }) => (listen.kind === 'tcp' ? listen.port : undefined));
  const ports = [...(socketActivation ? [] : listeners), http?.port, admin?.port];
  return ports.some((port) => port !== undefined && port > 0 && port < 1_024);
}

/** What it reads itself, because it changes: everything else is handed over. */
function readsHome({ config: { credentials }, program }: Service): boolean {
  const own = credentials.source.kind === 'token-file' ? [credentials.source.path] : [];
  return [...program, ...own].some((path) => /^\/(?:home|root|run\/user)\//.test(path));
}
