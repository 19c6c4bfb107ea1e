// The flags by which a command is described: one that takes all those of the proxy has only its own to tell of.

import type { Command } from './command.ts';
import type { FlagTable } from './flag-row.ts';
import { FLAG_ROWS } from './flags.ts';

export interface OwnFlags {
  /** `help` is among them. */
  readonly own: FlagTable;
  /** Whether those of the proxy come on top. */
  readonly andThoseOfProxy: boolean;
}

export function ownFlags({ flags }: Pick<Command, 'flags'>): OwnFlags {
  const takesAll = FLAG_ROWS.every((row) => row.name === 'version' || flags.some((each) => each.name === row.name));
  if (!takesAll) return { own: flags, andThoseOfProxy: false };
  return { own: flags.filter((row) => row.name === 'help' || !isOfProxy(row.name)), andThoseOfProxy: true };
}

function isOfProxy(flag: string): boolean {
  return FLAG_ROWS.some((row) => row.name === flag);
}
