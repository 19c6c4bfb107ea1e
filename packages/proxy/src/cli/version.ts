// What --version prints. The version is a constant, since a bundled executable has no package.json beside it.

import { PROGRAM } from './program-name.ts';

export const VERSION = '0.1.0';

export function versionText(): string {
  return `${PROGRAM} version ${VERSION}`;
}
