// Replaces the program by the newest release, once it is known to be one; and takes that back.

import { access, rm } from 'node:fs/promises';
import { CommandError } from '../cli/command-error.ts';
import { verifyChecksum } from './checksums.ts';
import type { Fetch, FetchRequest } from './fetch.ts';
import { refuseFailure } from './refusal.ts';
import type { Release, ReleaseFeed } from './release-feed.ts';
import { verifySums } from './release-signature.ts';
import {
  exchangeWithPrevious,
  findProgramFiles,
  removeLeftovers,
  replaceProgram,
  unfinishedName,
  writeExecutable,
} from './replace-program.ts';
import { toldVersion } from './told-version.ts';
import { compareVersions, type Version } from './version-order.ts';

export interface ApplyOptions {
  readonly feed: ReleaseFeed;
  readonly fetch: Fetch;
  /** Path of the program. */
  readonly program: string;
  /** What the release calls the executable for this machine. */
  readonly asset: string;
  readonly current: Version;
  /** What the release must be signed with. */
  readonly publicKey: string;
  readonly signal: AbortSignal;
  /** Told what is downloaded. */
  readonly onDownload: (version: Version) => void;
}

const sumsName = 'SHA256SUMS';
const longestExecutable = 512 * 1024 * 1024;
const downloadLimitMs = 30 * 60_000;
const quietMs = 30_000;

/**
 * Resolves with the version that is installed now; `current` when there was nothing to do.
 *
 * @throws {CommandError} with the program as it was.
 */
export async function applyUpdate(options: ApplyOptions): Promise<Version> {
  const { feed, program, asset, current, signal, onDownload } = options;
  const files = await findProgramFiles(program);
  await removeLeftovers(files, Date.now());
  const release = await feed.newest();
  if (isNothingNew(release, current)) return current;
  onDownload(release.version);
  const bytes = await downloadVerified(release, asset, options);
  // Everything up to here was in memory: nothing is left of a download that breaks off, or is no release.
  const unfinished = unfinishedName(files);
  try {
    await writeExecutable(unfinished, bytes, files);
    await refuseOtherVersion(unfinished, release);
    signal.throwIfAborted();
    await replaceProgram(unfinished, files);
  } finally {
    await rm(unfinished, { force: true });
  }
  return release.version;
}

/**
 * Exchanges the program and the one before. Resolves with the version that is installed now.
 *
 * @throws {CommandError} with the program as it was.
 */
export async function rollBack(program: string): Promise<Version> {
  const files = await findProgramFiles(program);
  const { previous } = files;
  await access(previous).catch(() => {
    throw new CommandError('there is no version before this one to go back to', {
      hint: 'update apply keeps one when it replaces the program',
    });
  });
  const version = await toldVersion(previous);
  await exchangeWithPrevious(files);
  return version;
}

/** @throws {CommandError} for an older one: whoever can offer it may want back what has been mended since. */
function isNothingNew({ version }: Release, current: Version): boolean {
  const order = compareVersions(version, current);
  if (order >= 0) return order === 0;
  throw new CommandError(`the feed offers ${version.text}, which is older than this ${current.text}`, {
    hint: 'to go back to the version before, run update rollback',
  });
}

async function downloadVerified(release: Release, asset: string, options: ApplyOptions): Promise<Buffer> {
  const download = (name: string, limits: Omit<FetchRequest, 'url'>) => downloadAsset(release, name, options, limits);
  const sums = await download(sumsName, {});
  const signature = await download(`${sumsName}.sig`, { longestBody: 1_024 });
  verifySums({ sums, signature, publicKey: options.publicKey });
  const bytes = await download(asset, { longestBody: longestExecutable, timeoutMs: downloadLimitMs, quietMs });
  verifyChecksum(bytes, asset, sums.toString('utf8'));
  return bytes;
}

async function downloadAsset(
  { version, assets }: Release,
  name: string,
  { fetch }: ApplyOptions,
  limits: Omit<FetchRequest, 'url'>,
): Promise<Buffer> {
  const url = assets.get(name);
  if (url === undefined) {
    const hint = 'see whether there is another release, or another feed';
    throw new CommandError(`the release ${version.text} has no file ${name}`, { hint });
  }
  const answer = await fetch({ ...limits, url, headers: { accept: 'application/octet-stream' } });
  refuseFailure(answer, { url, what: `file ${name}`, nowMs: Date.now() });
  return answer.body;
}

/** The signature is good for every release there was. An old one under a new name gives itself away here. */
async function refuseOtherVersion(path: string, { version }: Release): Promise<void> {
  const told = await toldVersion(path);
  if (compareVersions(told, version) === 0) return;
  throw new CommandError(`the feed offers ${version.text}, and what it has under that name is ${told.text}`, {
    hint: 'the program is as it was before; tell the makers of the release',
  });
}
