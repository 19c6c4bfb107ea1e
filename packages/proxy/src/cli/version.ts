// The version that --version prints: a constant, since a bundled executable has no package.json beside it.

export const VERSION = '0.1.0';
