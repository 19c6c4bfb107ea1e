// Changes the command line that lists of processes show of this one.

import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { PROGRAM } from './program-name.ts';

/** Shows `argv` in place of this process's own arguments, where that is possible. */
export function showArguments(argv: readonly string[]): void {
  if (process.versions['bun'] === undefined) process.title = [PROGRAM, ...argv].join(' ');
  else if (process.platform === 'linux') overwriteArguments(argv);
}

/**
 * Bun's `process.title` changes nothing that others see. On Linux the arguments can be overwritten where the kernel reads them:
 * in the memory of the process, at the addresses that its `stat` gives as arg_start and arg_end. There is nothing like it
 * on macOS, and on Windows nobody else can read them.
 */
function overwriteArguments(argv: readonly string[]): void {
  // The program's name, which stands in parentheses, may hold anything; the first field behind it is the third.
  const [, fields = ''] = /^.*\) (.*)$/s.exec(readFileSync('/proc/self/stat', 'utf8')) ?? [];
  const [start, end] = fields
    .split(' ')
    .slice(48 - 3, 50 - 3)
    .map(Number);
  if (start === undefined || end === undefined || start === 0) return;
  const before = readFileSync('/proc/self/cmdline');
  const room = end - start;
  // Each argument ends with a zero byte; the program that was called stands in front of them.
  const shown = [before.subarray(0, before.indexOf(0)).toString(), ...argv, ''].join('\0');
  const bytes = Buffer.alloc(room);
  bytes.write(shown.slice(0, room - 1));
  const memory = openSync('/proc/self/mem', 'r+');
  try {
    writeSync(memory, bytes, 0, room, start);
  } finally {
    closeSync(memory);
  }
}
