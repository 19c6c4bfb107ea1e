// What a running proxy asks for the newest version, by its configuration and its installation.

import type { UpdateCheckConfig } from '../config/config.ts';
import { chooseSource } from './choose-source.ts';
import { ownInstallation } from './installation.ts';
import { releaseFeedUrl } from './release-constants.ts';
import { findVerdict, type Verdict } from './verdict.ts';

export async function checkForUpdate(
  { feed }: UpdateCheckConfig,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Verdict> {
  const source = chooseSource({ env, signal, installation: ownInstallation(env), feed, defaultFeed: releaseFeedUrl });
  return findVerdict(source, Date.now());
}
