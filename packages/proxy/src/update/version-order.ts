// Which of two versions is the newer one, by semver.org's rules.

export interface Version {
  /** As it was written, less a leading `v`. */
  readonly text: string;
  readonly numbers: readonly [major: number, minor: number, patch: number];
  /** `['rc', '1']` of `1.0.0-rc.1`; empty for a release. */
  readonly pre: readonly string[];
}

const pattern = /^v?((\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?)(?:\+[0-9A-Za-z.-]+)?$/;

/** Undefined for a text that is no version of three numbers. What follows a `+` says nothing about the order. */
export function parseVersion(given: string): Version | undefined {
  const [, text, major, minor, patch, pre] = pattern.exec(given) ?? [];
  if (text === undefined) return undefined;
  return { text, numbers: [Number(major), Number(minor), Number(patch)], pre: pre === undefined ? [] : pre.split('.') };
}

/** Negative when `one` is the older one, 0 when neither is. */
export function compareVersions(one: Version, other: Version): number {
  for (const [at, number] of one.numbers.entries()) {
    const difference = number - (other.numbers[at] ?? 0);
    if (difference !== 0) return difference;
  }
  // A release is newer than all that led to it.
  if (one.pre.length === 0 || other.pre.length === 0) return other.pre.length - one.pre.length;
  for (const [at, part] of one.pre.entries()) {
    const difference = compareParts(part, other.pre[at]);
    if (difference !== 0) return difference;
  }
  return one.pre.length - other.pre.length;
}

function compareParts(one: string, other: string | undefined): number {
  if (other === undefined) return 1;
  const [isNumber, isOtherNumber] = [one, other].map((part) => /^\d+$/.test(part));
  if (isNumber && isOtherNumber) return Number(one) - Number(other);
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  return one === other ? 0 : one < other ? -1 : 1;
}
