// Which files of earlier builds have to go before one: what it makes anew, and whatever is not of a build.

import { executableName, TARGETS, type Target } from './targets.ts';

/** Executables of other targets stay; a signature goes with the sums that it is of. */
export function obsolete(names: readonly string[], targets: readonly Target[]): readonly string[] {
  const kept = new Set(TARGETS.filter((target) => !targets.includes(target)).map(executableName));
  return names.filter((name) => !kept.has(name));
}
