// Finds where every key of a TOML document stands, which its parser does not tell.

import { MAX_DEPTH } from './tree.ts';

export interface TomlPlace {
  /** Counted from 1. */
  readonly line: number;
  /** A number, boolean or date as it was written. */
  readonly written?: string;
}

/** Names of tables and keys, and the numbers of array items. */
export type TomlPath = readonly (string | number)[];

/** Places by path; see {@link TomlPlaces.at}. */
export class TomlPlaces {
  readonly #byPath = new Map<string, TomlPlace>();

  at(path: TomlPath): TomlPlace | undefined {
    return this.#byPath.get(JSON.stringify(path));
  }

  /** A table that is opened twice, for keys of different tables inside it, stays at its first place. */
  note(path: TomlPath, place: TomlPlace): void {
    const known = this.at(path);
    if (known === undefined || place.written !== undefined) {
      this.#byPath.set(JSON.stringify(path), { ...place, line: known?.line ?? place.line });
    }
  }
}

/** Places of a document that the parser has accepted. Nothing at all when the two disagree: a wrong line is worse than none. */
export function findTomlPlaces(text: string): TomlPlaces {
  try {
    return new Scanner(text).scan();
  } catch (error) {
    if (!(error instanceof LostScanner)) throw error;
    return new TomlPlaces();
  }
}

class LostScanner extends Error {
  override readonly name = 'LostScanner';
}

const SPACE = /[ \t]*/y;
const VOID = /[ \t\r\n]*(?:#[^\n]*[ \t\r\n]*)*/y;
const BARE_KEY = /[\w-]+/y;
const STRING = /"""[^"\\]*(?:(?:\\[^]|"(?!""))[^"\\]*)*"{3,5}|'''[^]*?'{3,5}|"[^"\\\n]*(?:\\.[^"\\\n]*)*"|'[^'\n]*'/y;
const PLAIN = /[^,\]}#\r\n]+/y;

class Scanner {
  readonly #text: string;
  readonly #places = new TomlPlaces();
  /** How many tables each array of tables has so far. */
  readonly #counts = new Map<string, number>();
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): TomlPlaces {
    let table: TomlPath = [];
    for (this.#take(VOID); this.#at < this.#text.length; this.#take(VOID)) {
      if (this.#takeMark('[[')) {
        table = this.#openTable(this.#readKey(']]'), { inArray: true });
      } else if (this.#takeMark('[')) {
        table = this.#openTable(this.#readKey(']'), { inArray: false });
      } else {
        this.#readPair(table);
      }
    }
    return this.#places;
  }

  #openTable(key: readonly string[], { inArray }: { readonly inArray: boolean }): TomlPath {
    let path: TomlPath = [];
    for (const [index, part] of key.entries()) {
      path = [...path, part];
      this.#places.note(path, { line: this.#line });
      const id = JSON.stringify(path);
      if (inArray && index === key.length - 1) this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
      // A name that stands for an array of tables means the table that was opened last.
      const count = this.#counts.get(id);
      if (count !== undefined) {
        path = [...path, count - 1];
        this.#places.note(path, { line: this.#line });
      }
    }
    return path;
  }

  #readPair(table: TomlPath): void {
    const line = this.#line;
    let path = table;
    for (const part of this.#readKey('=')) {
      path = [...path, part];
      this.#places.note(path, { line });
    }
    this.#readValue(path, line);
  }

  #readValue(path: TomlPath, line: number): void {
    this.#take(SPACE);
    if (this.#takeMark('{')) {
      this.#readSequence('}', () => this.#readPair(path));
    } else if (this.#takeMark('[')) {
      this.#readSequence(']', (index) => {
        this.#places.note([...path, index], { line: this.#line });
        this.#readValue([...path, index], this.#line);
      });
    } else if (this.#take(STRING) === '') {
      const written = this.#take(PLAIN).trim();
      if (written === '') throw new LostScanner();
      this.#places.note(path, { line, written });
    }
  }

  #readSequence(end: string, readOne: (index: number) => void): void {
    this.#take(VOID);
    for (let index = 0; !this.#takeMark(end); index++) {
      readOne(index);
      this.#take(VOID);
      if (!this.#takeMark(',')) {
        if (!this.#takeMark(end)) throw new LostScanner();
        return;
      }
      this.#take(VOID);
    }
  }

  /** The parts of a dotted key; what ends it is taken too. */
  #readKey(end: string): readonly string[] {
    const parts: string[] = [];
    do {
      this.#take(SPACE);
      const bare = this.#take(BARE_KEY);
      parts.push(bare === '' ? readQuotedKey(this.#take(STRING)) : bare);
      this.#take(SPACE);
      if (parts.length > MAX_DEPTH) throw new LostScanner();
    } while (this.#takeMark('.'));
    if (!this.#takeMark(end)) throw new LostScanner();
    return parts;
  }

  #takeMark(mark: string): boolean {
    if (!this.#text.startsWith(mark, this.#at)) return false;
    this.#at += mark.length;
    return true;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    this.#line += found.split('\n').length - 1;
    return found;
  }
}

function readQuotedKey(quoted: string): string {
  if (quoted.startsWith("'")) return quoted.slice(1, -1);
  try {
    // TOML has a few escapes more than JSON. A key that needs one of them is none of ours.
    return JSON.parse(quoted) as string;
  } catch {
    throw new LostScanner();
  }
}
