// An environment in which resident memory tells of the program and not of V8.

/**
 * Left alone, V8 lets its young generation grow for minutes, by some 100 MiB, because there is room. A small heap is
 * collected often, and what still grows then is held by somebody.
 */
export const smallHeap = {
  text: 'small: semi-spaces of 1 MiB, 64 MiB of old space',
  env: { NODE_OPTIONS: '--max-semi-space-size=1 --max-old-space-size=64' },
} as const;
