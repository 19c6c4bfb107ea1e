// What some load costs a candidate: processor time and peak memory of its processes meanwhile.

import { forgetPeak, treeCpuMs, treePeakBytes } from '../candidates/process-tree.ts';
import type { Running } from '../candidates/running.ts';

export interface Cost<T> {
  readonly value: T;
  /** Undefined for the direct way: there the cost is the client's own. */
  readonly cpuMs: number | undefined;
  readonly peakMiB: number | undefined;
}

const mebibyte = 1024 * 1024;

export async function costOf<T>({ pid }: Running, load: () => Promise<T>): Promise<Cost<T>> {
  if (pid === undefined) return { value: await load(), cpuMs: undefined, peakMiB: undefined };
  forgetPeak(pid);
  const before = treeCpuMs(pid);
  const value = await load();
  return { value, cpuMs: treeCpuMs(pid) - before, peakMiB: treePeakBytes(pid) / mebibyte };
}

/** Nothing for what is undefined. */
export function figures(all: Readonly<Record<string, number | undefined>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, number] => entry[1] !== undefined));
}

export function over(amount: number | undefined, count: number): number | undefined {
  return amount === undefined ? undefined : amount / count;
}
