// What lists of processes show of this one: its command line, without the secrets in it.

import { FLAG_ROWS } from './flags.ts';

const secrets = FLAG_ROWS.filter(({ secret }) => secret === true);
const longNames = secrets.map(({ name }) => `--${name}`);
const shortNames = secrets.flatMap(({ short }) => (short === undefined ? [] : [short]));
const redacted = '***';

/**
 * The arguments with every secret value replaced, or undefined when there is none. A short flag may stand at the end of a
 * group (`-lt TOKEN`) or hold its value (`-tTOKEN`), so whatever follows its letter goes.
 */
export function redactArguments(argv: readonly string[]): readonly string[] | undefined {
  let found = false;
  let next = false;
  const shown = argv.map((argument) => {
    if (next) {
      next = false;
      return redacted;
    }
    const [name = ''] = argument.split('=', 1);
    if (longNames.includes(name)) {
      found = true;
      next = name === argument;
      return next ? argument : `${name}=${redacted}`;
    }
    const at = /^-[^-]/.test(argument) ? argument.split('').findIndex((letter) => shortNames.includes(letter)) : -1;
    if (at === -1) return argument;
    found = true;
    next = at === argument.length - 1;
    return next ? argument : `${argument.slice(0, at + 1)}${redacted}`;
  });
  return found ? shown : undefined;
}
