// The newest image on an OCI registry: the highest version among its tags, and the digest behind it.

import { CommandError } from '../cli/command-error.ts';
import type { Fetch } from './fetch.ts';
import type { ImageReference } from './image-reference.ts';
import { malformed, readJsonObject, refuseFailure } from './refusal.ts';
import { withTokenDance } from './registry-token.ts';
import { compareVersions, parseVersion, type Version } from './version-order.ts';
import type { VersionSource } from './version-source.ts';

export interface OciRegistryOptions {
  readonly image: ImageReference;
  readonly fetch: Fetch;
  readonly now: () => number;
}

const mostPages = 100;

// A registry that is not told what is understood answers with the oldest form, whose digest nobody pulls by.
const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

export function ociRegistry({ image, fetch, now }: OciRegistryOptions): VersionSource {
  const { registry, repository } = image;
  const ask = withTokenDance({ fetch, registry, scope: `repository:${repository}:pull`, now });
  const what = `image ${image.name}`;

  async function listTags(): Promise<readonly string[]> {
    const tags: string[] = [];
    let url: URL | null = new URL(`/v2/${repository}/tags/list`, registry);
    for (let page = 0; url !== null && page < mostPages; page += 1) {
      const asked = { url, what, nowMs: now() };
      const answer = await ask({ url });
      refuseFailure(answer, asked);
      const { tags: some } = readJsonObject(answer, asked);
      // A repository without tags says null.
      if (!Array.isArray(some) && some !== null) throw malformed(url.host, 'list of tags', 'it has no "tags"');
      tags.push(...(some ?? []).filter((tag) => typeof tag === 'string'));
      url = nextPage(answer.headers['link'], url);
    }
    return tags;
  }

  async function digestOf(tag: string): Promise<string | undefined> {
    const url = new URL(`/v2/${repository}/manifests/${tag}`, registry);
    const answer = await ask({ url, method: 'HEAD', headers: { accept: manifestTypes } });
    refuseFailure(answer, { url, what: `${what}:${tag}`, nowMs: now() });
    const digest = answer.headers['docker-content-digest'];
    return typeof digest === 'string' && /^sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/.test(digest)
      ? digest
      : undefined;
  }

  return {
    async newest() {
      const found = newestOf(await listTags(), variantOf(image.tag));
      if (found === undefined) {
        throw new CommandError(`none of the tags of ${image.name} is a version`, {
          hint: 'see whether the name is right',
        });
      }
      const digest = await digestOf(found.tag);
      return {
        version: found.version,
        releasedAt: undefined,
        changes: undefined,
        ...(digest === undefined ? {} : { digest }),
      };
    },
  };
}

/** What follows the numbers of a tag: `1.2.3-debug` is an image of its own kind, and its successor is of the same. */
function variantOf(tag: string | undefined): string {
  return (tag === undefined ? undefined : parseVersion(tag))?.pre.join('.') ?? '';
}

function newestOf(tags: readonly string[], variant: string): { tag: string; version: Version } | undefined {
  return tags
    .flatMap((tag) => {
      const version = parseVersion(tag);
      return version === undefined || version.pre.join('.') !== variant ? [] : [{ tag, version }];
    })
    .toSorted((one, other) => compareVersions(one.version, other.version))
    .at(-1);
}

/** `Link: </v2/NAME/tags/list?last=…>; rel="next"`, on the same registry. */
function nextPage(link: string | readonly string[] | undefined, from: URL): URL | null {
  const [, target] = /<([^>]+)>\s*;\s*rel="?next"?/i.exec(String(link ?? '')) ?? [];
  const url = target === undefined ? null : URL.parse(target, from.href);
  return url?.origin === from.origin ? url : null;
}
