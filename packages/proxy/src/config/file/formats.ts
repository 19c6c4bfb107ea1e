// The formats of config files: how each is told by its name, read, and written in a hint.

import { extname } from 'node:path';
import { readJson } from './json.ts';
import { readToml } from './toml.ts';
import type { FileValue } from './tree.ts';
import { readYaml } from './yaml.ts';

export interface FileFormat {
  readonly name: 'TOML' | 'YAML' | 'JSON';
  /** Rejects with a FileSyntaxError. The parser is loaded by the first call. */
  readonly read: (text: string) => Promise<FileValue>;
  /** A key with its value; `literal` is the value in JSON, which means the same in all three. */
  readonly write: (key: string, literal: string) => string;
  /** An instance of the list form, with one of its parameters. */
  readonly writeInstance: (name: string, literal: string) => string;
  /** What to look for when a file is malformed. */
  readonly syntaxHint: string;
}

const TOML: FileFormat = {
  name: 'TOML',
  read: readToml,
  write: (key, literal) => `${key} = ${literal}`,
  writeInstance: (name, literal) => `instances = [{ uri = "INSTANCE_URI", ${name} = ${literal} }]`,
  syntaxHint: 'a line is KEY = VALUE, and text stands in quotes: address = "127.0.0.1"',
};

const YAML: FileFormat = {
  name: 'YAML',
  read: readYaml,
  write: (key, literal) => `${key}: ${literal}`,
  writeInstance: (name, literal) => `instances: [{ uri: INSTANCE_URI, ${name}: ${literal} }]`,
  syntaxHint: 'a line is KEY: VALUE; put the value in quotes if it holds anything but letters and digits',
};

const JSON_FORMAT: FileFormat = {
  name: 'JSON',
  read: async (text) => readJson(text),
  write: (key, literal) => `"${key}": ${literal}`,
  writeInstance: (name, literal) => `"instances": [{ "uri": "INSTANCE_URI", "${name}": ${literal} }]`,
  syntaxHint: 'keys and text stand in double quotes, with a comma between entries and none behind the last',
};

const BY_EXTENSION: ReadonlyMap<string, FileFormat> = new Map([
  ['.toml', TOML],
  ['.yaml', YAML],
  ['.yml', YAML],
  ['.json', JSON_FORMAT],
]);

/** Undefined for a name with another extension. */
export function formatOf(path: string): FileFormat | undefined {
  return BY_EXTENSION.get(extname(path).toLowerCase());
}
