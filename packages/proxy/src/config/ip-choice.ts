// Which kind of address an instance is reached under.

import type { IpType } from 'alloydb-connector';

export interface IpChoices {
  readonly 'public-ip'?: boolean;
  readonly psc?: boolean;
}

/**
 * An instance that asks for a kind gets it, whatever holds for the program; `false` only takes back the kind it names.
 * That no place asks for both kinds was checked when it was read.
 */
export function chooseIpType(program: IpChoices, instance: IpChoices): IpType {
  if (instance['public-ip'] === true) return 'PUBLIC';
  if (instance.psc === true) return 'PSC';
  if (program['public-ip'] === true && instance['public-ip'] !== false) return 'PUBLIC';
  return program.psc === true && instance.psc !== false ? 'PSC' : 'PRIVATE';
}
