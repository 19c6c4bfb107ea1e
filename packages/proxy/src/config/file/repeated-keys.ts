// Keys that are set twice, in whatever letter case: nobody can say which of the two was meant.

import type { ConfigFile } from './config-file.ts';
import type { FileEntry } from './tree.ts';

/** The first entry of each key; the others are noted as mistakes. */
export function refuseRepeatedKeys(entries: readonly FileEntry[], file: ConfigFile): readonly FileEntry[] {
  const byKey = new Map<string, FileEntry>();
  for (const entry of entries) {
    const first = byKey.get(entry.key.toLowerCase());
    if (first === undefined) {
      byKey.set(entry.key.toLowerCase(), entry);
      continue;
    }
    const where = first.line === undefined ? '' : `, first in line ${first.line}`;
    const as = first.key === entry.key ? '' : ` as ${first.key}`;
    file.complain(entry.line, {
      message: `${entry.key} is set twice${where}${as}`,
      hint: as === '' ? 'keep one of them' : 'keep one of them: letter case makes no difference',
    });
  }
  return [...byKey.values()];
}
