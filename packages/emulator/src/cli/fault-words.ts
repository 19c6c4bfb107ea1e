// A fault order written as words of a command line: its kind, then FIELD=VALUE.

import { EmulatorError } from '../emulator-error.ts';

/** A value that is JSON (a number, an object) counts as such, anything else as a text. @throws EmulatorError `INVALID_OPTION` */
export function faultOrderOf([kind, ...words]: readonly string[]): Readonly<Record<string, unknown>> {
  const fields = words.map((word) => {
    const at = word.indexOf('=');
    if (at > 0) return [word.slice(0, at), valueOf(word.slice(at + 1))] as const;
    throw new EmulatorError('INVALID_OPTION', `Cannot use "${word}" in a fault`, { hint: 'write FIELD=VALUE' });
  });
  return { kind, ...Object.fromEntries(fields) };
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
