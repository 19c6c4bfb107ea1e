// Which kind of address an instance is reached under.

import type { IpTypeOption } from 'alloydb-connector';

export interface IpChoices {
  readonly 'public-ip'?: boolean;
  readonly psc?: boolean;
  readonly 'auto-ip'?: boolean;
}

/** The flags, each with what it asks for. */
const kinds: readonly (readonly [keyof IpChoices, IpTypeOption])[] = [
  ['public-ip', 'PUBLIC'],
  ['psc', 'PSC'],
  ['auto-ip', 'AUTO'],
];

/**
 * An instance that asks for a kind gets it, whatever holds for the program; `false` only takes back the kind it names.
 * That no place asks for two kinds was checked when it was read.
 */
export function chooseIpType(program: IpChoices, instance: IpChoices): IpTypeOption {
  const own = kinds.find(([flag]) => instance[flag] === true);
  const general = kinds.find(([flag]) => program[flag] === true && instance[flag] !== false);
  return (own ?? general)?.[1] ?? 'PRIVATE';
}
