// A client's StartupMessage, changed so that its session begins as a read-only one.

import type { StartupPacket } from './messages.ts';

/**
 * Behind all instances is one PostgreSQL that takes writes; a session of a read pool or a secondary cluster is refused them with
 * the words and the code of a standby (25006). PostgreSQL reads the parameters in their order, and `options` before all of
 * them: the last one holds, whatever the client has asked for. A session can still take the setting back, which on a standby it
 * cannot.
 */
export function readOnlyStartup({ bytes }: StartupPacket): Buffer {
  // The packet ends with the empty name that ends the list.
  const changed = Buffer.concat([bytes.subarray(0, -1), Buffer.from('default_transaction_read_only\0on\0\0')]);
  changed.writeUInt32BE(changed.length, 0);
  return changed;
}
