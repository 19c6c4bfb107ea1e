// The name of an image: `HOST/NAME[:TAG]`.

import { UsageError } from '../cli/usage-error.ts';

export interface ImageReference {
  /** Base URL of its registry. */
  readonly registry: URL;
  /** `HOST/NAME`, as it was written. */
  readonly name: string;
  /** NAME alone: what the registry knows it by. */
  readonly repository: string;
  readonly tag: string | undefined;
}

const hostPattern = /^(?:localhost|\[[0-9a-f:]+\]|[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9-]+(?=:))(?::\d{1,5})?$/i;
const repositoryPattern = /^[a-z0-9]+(?:(?:\.|__?|-+|\/)[a-z0-9]+)*$/;
const tagPattern = /^\w[\w.-]{0,127}$/;

/** @throws {UsageError} for anything else. A digest at the end is let pass: it says which image one has, not which one wants. */
export function parseImageReference(text: string): ImageReference {
  const [named = ''] = text.split('@');
  const slash = named.indexOf('/');
  const host = named.slice(0, Math.max(slash, 0));
  const colon = named.lastIndexOf(':');
  const [repository, tag] =
    colon > slash ? [named.slice(slash + 1, colon), named.slice(colon + 1)] : [named.slice(slash + 1), undefined];
  // Which registry a name without one means is the engine's business.
  if (!hostPattern.test(host) || !repositoryPattern.test(repository) || (tag !== undefined && !tagPattern.test(tag))) {
    throw new UsageError(`invalid value "${text}" for --image: expected HOST/NAME[:TAG]`, {
      hint: 'write it with its registry, like --image registry.example/alloydb-auth-proxy:1.0.0',
    });
  }
  const scheme = isLoopback(host) ? 'http' : 'https';
  return { registry: new URL(`${scheme}://${host}`), name: `${host}/${repository}`, repository, tag };
}

/** Engines speak to a registry on the same machine without TLS. */
function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i.test(host);
}
