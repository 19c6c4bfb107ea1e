// Processor time and memory of a process with all its threads and children, as the kernel counts them.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

// USER_HZ: what /proc counts in, on every architecture that Node runs on.
const msPerTick = 10;

/** User and system time of the whole tree in milliseconds, with that of children that have ended and were waited for. */
export function treeCpuMs(pid: number): number {
  return sumOver(pid, (one) => {
    // The name stands in parentheses and may hold anything; the fields behind it begin with the third one.
    const fields = read(one, 'stat')
      .replace(/^.*\) /s, '')
      .split(' ');
    // utime, stime, cutime, cstime: fields 14 to 17.
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * msPerTick;
  });
}

/** Resident memory of the tree in bytes. */
export function treeResidentBytes(pid: number): number {
  return sumOver(pid, (one) => statusBytes(one, 'VmRSS'));
}

/** The most that each process of the tree has had resident since {@link forgetPeak}, in bytes. */
export function treePeakBytes(pid: number): number {
  return sumOver(pid, (one) => statusBytes(one, 'VmHWM'));
}

export function forgetPeak(pid: number): void {
  sumOver(pid, (one) => {
    // 5 resets the peak (proc(5), clear_refs).
    writeFileSync(`/proc/${one}/clear_refs`, '5');
    return 0;
  });
}

function sumOver(pid: number, figure: (pid: number) => number): number {
  return tree(pid).reduce((sum, one) => sum + figure(one), 0);
}

function tree(pid: number): readonly number[] {
  // A child belongs to the thread that made it.
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    read(pid, `task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(tree)];
}

function statusBytes(pid: number, field: string): number {
  const [, kibibytes] = new RegExp(`${field}:\\s+(\\d+) kB`).exec(read(pid, 'status')) ?? [];
  return Number(kibibytes ?? 0) * 1024;
}

/** Empty for a thread or process that has ended meanwhile. */
function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8').trim();
  } catch {
    return '';
  }
}
