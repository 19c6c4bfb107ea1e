// What the kernel counts for a process. Linux only.

import { readdirSync, readFileSync } from 'node:fs';

/** For the `skip` of a test that counts. */
export const skipUnlessCounted = process.platform === 'linux' ? false : 'figures of processes are read from /proc';

// USER_HZ: what /proc counts in, on every architecture that Node runs on.
const ticksPerSecond = 100;

export function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** The most resident memory that the process has had so far, in bytes. */
export function peakResidentBytes(pid: number): number {
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/** Processor time that the process has used so far, in milliseconds. */
export function cpuMs(pid: number): number {
  const fields = statusFields(pid);
  // utime and stime are fields 14 and 15; the first one here is field 3.
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}

/** The same of several processes together. */
export function totalCpuMs(pids: readonly number[]): number {
  return pids.map(cpuMs).reduce((sum, ms) => sum + ms, 0);
}

export function parentOf(pid: number): number {
  return Number(statusFields(pid)[1]);
}

export function childrenOf(pid: number): readonly number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return list === '' ? [] : list.split(' ').map(Number);
}

function statusFields(pid: number): readonly string[] {
  // The name of the program stands in parentheses and may hold anything; the fields behind it are numbers.
  return readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
