// What only the build of a release knows: where its successors are announced, and who signs them.

// Put in by the bundler (docs/updates.md); there are none when the program runs from its sources.
declare const ALLOYDB_RELEASE_FEED: string | undefined;
declare const ALLOYDB_RELEASE_PUBLIC_KEY: string | undefined;

/** URL of the document that describes the newest release. */
export const releaseFeedUrl: string | undefined =
  typeof ALLOYDB_RELEASE_FEED === 'string' ? ALLOYDB_RELEASE_FEED : undefined;

/** Ed25519, as the base64 of its SPKI in DER. It cannot be set from outside: it decides what may replace the program. */
export const releasePublicKey: string | undefined =
  typeof ALLOYDB_RELEASE_PUBLIC_KEY === 'string' ? ALLOYDB_RELEASE_PUBLIC_KEY : undefined;
