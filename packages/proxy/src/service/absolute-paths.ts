// Makes every path in the settings absolute: a service does not start in the folder in which it was installed.

import { isAbsolute, resolve } from 'node:path';
import { FLAG_ROWS } from '../cli/flags.ts';
import { checkInstance } from '../config/instance-args.ts';
import type { GivenInstance, GivenParameter, MergedLayers, Setting } from '../config/sources.ts';

const PATHS = new Set(FLAG_ROWS.filter(({ kind }) => kind === 'path').map(({ name }) => name));

export function withAbsolutePaths({ settings, instances }: MergedLayers, folder: string): MergedLayers {
  const entries: readonly (readonly [string, Setting<unknown>])[] = Object.entries(settings);
  const made = entries.map(([name, setting]) => {
    const { value } = setting;
    return [
      name,
      PATHS.has(name) && typeof value === 'string' ? { ...setting, value: absolute(value, folder) } : setting,
    ];
  });
  return {
    // The same settings; a path stays text.
    settings: Object.fromEntries(made) as MergedLayers['settings'],
    instances: instances.map((given) => withAbsoluteParameters(given, folder)),
  };
}

/** With the parameters beside the URI, where they can be replaced. */
function withAbsoluteParameters(given: GivenInstance, folder: string): GivenInstance {
  const [uri = '', query = ''] = splitAtMark(given.value);
  const written = Array.from(new URLSearchParams(query), ([name, text]): GivenParameter => ({ name, text }));
  if (checkInstance(given).mistakes.length > 0) return given;
  const parameters = [...written, ...(given.parameters ?? [])].map(({ name, text, ...line }) => ({
    name,
    text: PATHS.has(name) ? absolute(text, folder) : text,
    ...line,
  }));
  return { ...given, value: uri, parameters };
}

function splitAtMark(text: string): readonly string[] {
  const at = text.indexOf('?');
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** An absolute one stays to the letter: behind a symbolic link, `..` is another folder than it seems. */
function absolute(path: string, folder: string): string {
  return isAbsolute(path) ? path : resolve(folder, path);
}
