// Whom to ask for the newest version: whoever was named, or else where this installation came from.

import { UsageError } from '../cli/usage-error.ts';
import { VERSION } from '../cli/version.ts';
import { createFetch } from './fetch.ts';
import { type ImageReference, parseImageReference } from './image-reference.ts';
import { type Installation, updateCommandFor } from './installation.ts';
import { configuredRegistry, npmRegistry } from './npm-registry.ts';
import { ociRegistry } from './oci-registry.ts';
import { type ReleaseFeed, releaseFeed } from './release-feed.ts';
import { memoryFile, rememberingFetch } from './remembered-answer.ts';
import { parseVersion } from './version-order.ts';
import type { NewestVersion, VersionSource } from './version-source.ts';

export interface SourceChoice {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly installation: Installation;
  /** A release feed that was named. */
  readonly feed?: string | undefined;
  /** The one that the build names. */
  readonly defaultFeed?: string | undefined;
  /** `HOST/NAME[:TAG]`. */
  readonly image?: string | undefined;
}

export interface ChosenSource {
  readonly kind: 'release-feed' | 'npm' | 'image';
  readonly source: VersionSource;
  /** The version to compare with. */
  readonly current: string;
  /** What to run for the newest one. */
  readonly updateWith: (newest: NewestVersion) => string;
}

/** @throws {UsageError} when there is nobody to ask. */
export function chooseSource(choice: SourceChoice): ChosenSource {
  const { env, signal, installation, image, feed } = choice;
  const now = Date.now;
  if (image !== undefined) {
    const reference = parseImageReference(image);
    const fetch = createFetch({ env, signal });
    return {
      kind: 'image',
      source: ociRegistry({ image: reference, fetch, now }),
      current: (reference.tag === undefined ? undefined : parseVersion(reference.tag)?.text) ?? VERSION,
      updateWith: (newest) => pullCommand(reference, newest),
    };
  }
  const updateWith = (): string => updateCommandFor(installation);
  if (installation.by === 'npm' && feed === undefined) {
    const fetch = rememberingFetch(createFetch({ env, signal }), memoryFile(env));
    const source = npmRegistry({ registry: () => configuredRegistry(env), fetch, now });
    return { kind: 'npm', source, current: VERSION, updateWith };
  }
  return { kind: 'release-feed', source: chooseFeed(choice), current: VERSION, updateWith };
}

/** @throws {UsageError} when there is none. */
export function chooseFeed(choice: SourceChoice): ReleaseFeed {
  const { env, signal, installation, feed, defaultFeed } = choice;
  const url = feed ?? defaultFeed;
  if (url === undefined) {
    if (installation.by === 'container') {
      const hint = 'name it: --image HOST/NAME:TAG';
      throw new UsageError('cannot know which image this container was made from', { hint });
    }
    const hint = 'name it: --feed https://api.github.com/repos/OWNER/NAME/releases/latest';
    throw new UsageError('this build knows no release feed', { hint });
  }
  const fetch = rememberingFetch(createFetch({ env, signal }), memoryFile(env));
  return releaseFeed({ url: new URL(url), fetch, now: Date.now });
}

/** By its digest, so that what is pulled is what was found. */
function pullCommand({ name }: ImageReference, { version, digest }: NewestVersion): string {
  return `docker pull ${name}:${version.text}${digest === undefined ? '' : `@${digest}`}`;
}
