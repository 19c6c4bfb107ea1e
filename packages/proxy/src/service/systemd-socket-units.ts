// The .socket units of systemd: one for each instance, because a name belongs to a unit and the program tells its sockets by name.

import { UsageError } from '../cli/usage-error.ts';
import type { InstanceConfig } from '../config/config.ts';
import { targetName } from '../config/instance-target.ts';
import { formatListenAt } from '../config/listen-plan.ts';
import type { Service } from './service.ts';
import { withoutSpecifiers } from './systemd-words.ts';
import { isIP } from 'node:net';

export interface SocketUnit {
  readonly fileName: string;
  readonly text: string;
}

/** @throws {UsageError} for a place that only the program itself can find. */
export function socketUnits(service: Service): readonly SocketUnit[] {
  return service.config.instances.map((instance, index) => ({
    fileName: `${service.name}${index === 0 ? '' : `.${index + 1}`}.socket`,
    text: socketUnit(service, instance),
  }));
}

/** systemd separates names by colons, which projects of a domain have in theirs. */
export function descriptorName({ target }: InstanceConfig): string {
  return targetName(target).replaceAll(':', '_');
}

function socketUnit({ name, partOf, scope, user }: Service, instance: InstanceConfig): string {
  const { listen } = instance;
  if (listen.kind === 'tcp') refuseUnfit(listen, instance);
  const lines = [
    '[Unit]',
    `Description=AlloyDB Auth Proxy (${name}), where it listens for ${withoutSpecifiers(descriptorName(instance))}`,
    ...(partOf === undefined ? [] : [`PartOf=${partOf}`]),
    '',
    '[Socket]',
    `ListenStream=${withoutSpecifiers(formatListenAt(listen))}`,
    `FileDescriptorName=${withoutSpecifiers(descriptorName(instance))}`,
    `Service=${name}.service`,
  ];
  if (listen.kind === 'unix') {
    const { mode, groupId } = listen.permissions;
    lines.push(`SocketMode=0${mode.toString(8).padStart(3, '0')}`, 'DirectoryMode=0755', 'RemoveOnStop=yes');
    if (scope.of === 'system' && user !== undefined) lines.push(`SocketUser=${user}`);
    if (groupId !== undefined) lines.push(`SocketGroup=${groupId}`);
  }
  lines.push('', '[Install]', `WantedBy=${partOf ?? 'sockets.target'}`);
  return `${lines.join('\n')}\n`;
}

function refuseUnfit({ host, port }: { readonly host: string; readonly port: number }, instance: InstanceConfig): void {
  const subject = `cannot let systemd listen for ${targetName(instance.target)}`;
  if (port === 0) throw new UsageError(`${subject} on any free port`, { hint: 'give it a port: --port 5432' });
  if (isIP(host) === 0) {
    throw new UsageError(`${subject} on ${host}: it takes IP addresses only`, {
      hint: 'give an IP address: --address 127.0.0.1',
    });
  }
}
