// The memory of the proxy over the time of the soak.

import { setInterval as every } from 'node:timers/promises';
import { median } from '../support/process-figures.ts';
import type { ProxyProcess } from '../support/proxy-process.ts';

const sampleMs = 1_000;
const heldLine = /held after a collection: (\d+) bytes/g;

/** Resident memory in bytes, once a second until the signal aborts. */
export async function sampleResident(proxy: ProxyProcess, signal: AbortSignal): Promise<readonly number[]> {
  const samples: number[] = [];
  try {
    for await (const _ of every(sampleMs, undefined, { signal })) samples.push(proxy.residentBytes);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return samples;
}

/** Medians of the second and the last quarter: the first one pays for code that is compiled and for buffers that stay. */
export function quarters(samples: readonly number[]): { readonly second: number; readonly last: number } {
  const quarter = Math.floor(samples.length / 4);
  return { second: median(samples.slice(quarter, 2 * quarter)), last: median(samples.slice(-quarter)) };
}

/** Bytes that the proxy of the soak still holds after a full collection, made now. */
export async function heldBytes(proxy: ProxyProcess): Promise<number> {
  const answers = (): readonly string[] => [...proxy.stdout.matchAll(heldLine)].map(([, bytes = '']) => bytes);
  const count = answers().length + 1;
  process.kill(proxy.pid, 'SIGUSR2');
  await proxy.waitFor(new RegExp(`(?:${heldLine.source}[^]*?){${count}}`));
  return Number(answers().at(-1));
}
