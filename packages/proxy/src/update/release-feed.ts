// The newest release in a feed with the shape of GitHub's: one JSON document that describes it, with its files.

import type { Fetch } from './fetch.ts';
import { isObject, malformed, readJsonObject, refuseFailure } from './refusal.ts';
import { parseVersion } from './version-order.ts';
import { type NewestVersion, readDate, readPageUrl, type VersionSource } from './version-source.ts';

export interface Release extends NewestVersion {
  /** Where its files are, by their names. */
  readonly assets: ReadonlyMap<string, URL>;
}

export interface ReleaseFeedOptions {
  /** URL of the document, such as `https://api.github.com/repos/OWNER/NAME/releases/latest`. */
  readonly url: URL;
  readonly fetch: Fetch;
  readonly now: () => number;
}

export interface ReleaseFeed extends VersionSource {
  readonly newest: () => Promise<Release>;
}

export function releaseFeed({ url, fetch, now }: ReleaseFeedOptions): ReleaseFeed {
  return {
    async newest() {
      const asked = { url, what: 'release', nowMs: now() };
      const answer = await fetch({ url, headers: { accept: 'application/vnd.github+json, application/json;q=0.9' } });
      refuseFailure(answer, asked);
      return readRelease(readJsonObject(answer, asked), url);
    },
  };
}

function readRelease(fields: Readonly<Record<string, unknown>>, url: URL): Release {
  const tag = fields['tag_name'];
  const version = typeof tag === 'string' ? parseVersion(tag) : undefined;
  if (version === undefined) throw malformed(url.host, 'release', 'its "tag_name" is no version');
  return {
    version,
    releasedAt: readDate(fields['published_at']),
    changes: readPageUrl(fields['html_url']),
    assets: readAssets(fields['assets'], url),
  };
}

/** A mirror may give the files' addresses relative to its own. */
function readAssets(value: unknown, base: URL): ReadonlyMap<string, URL> {
  const found = new Map<string, URL>();
  for (const asset of Array.isArray(value) ? value : []) {
    if (!isObject(asset)) continue;
    const { name, browser_download_url: address } = asset;
    if (typeof name !== 'string' || typeof address !== 'string') continue;
    const url = URL.parse(address, base.href);
    if (url !== null && (url.protocol === 'https:' || url.protocol === base.protocol)) found.set(name, url);
  }
  return found;
}
