// What "alloydb-emulator status" prints for people.

import type { Status } from '../control-api/controls.ts';

export type ShownStatus = Status;

export function statusText(url: string, { pid, clusters, users, pendingFaults }: ShownStatus): string {
  const lines = [`Emulator   ${url}, process ${pid}`];
  for (const { cluster, type, secondaryOf, instances } of clusters) {
    lines.push(`${cluster}  ${type}${secondaryOf === undefined ? '' : ` of ${secondaryOf}`}`);
    for (const { instance, type: kind, state, address, publicAddress, ...more } of instances) {
      const places = publicAddress === undefined ? address : `${address}, ${publicAddress}`;
      const direct = more.requireConnectors ? 'refuses clients without a connector' : more.postgresAddress;
      const name = instance.split('/').at(-1);
      lines.push(`  ${name}  ${kind}  ${state}  ${places}  ${more.openConnections} open  PostgreSQL ${direct}`);
    }
  }
  lines.push(`Users      ${users.map(({ name }) => name).join(', ')}`);
  if (pendingFaults > 0) lines.push(`Faults     ${pendingFaults} ordered`);
  return `${lines.join('\n')}\n`;
}
