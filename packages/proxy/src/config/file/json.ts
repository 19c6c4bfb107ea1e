// Reads JSON (RFC 8259) with the line of every key, which JSON.parse does not tell, and with keys that are repeated.

import { FileSyntaxError } from './syntax-error.ts';
import { type FileEntry, type FileItem, type FileTable, type FileValue, MAX_DEPTH } from './tree.ts';

const BLANK = /[ \t\r\n]*/y;
// oxlint-disable-next-line no-control-regex -- JSON forbids exactly these
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

/** @throws {FileSyntaxError} wherever JSON.parse would throw, and for what is nested beyond reason. */
export function readJson(text: string): FileValue {
  const reader = new JsonReader(text);
  const value = reader.readValue(0);
  reader.expectEnd();
  return value;
}

class JsonReader {
  readonly #text: string;
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  readValue(depth: number): FileValue {
    if (depth > MAX_DEPTH) throw this.#problem(`it is nested more than ${MAX_DEPTH} deep`);
    if (this.#takeMark('{')) return this.#readTable(depth);
    if (this.#takeMark('[')) return { is: 'list', items: this.#readItems(depth) };
    const string = this.#take(STRING);
    if (string !== undefined) return { is: 'text', text: JSON.parse(string) as string };
    const number = this.#take(NUMBER);
    if (number !== undefined) return { is: 'number', text: number };
    const word = this.#take(WORD);
    if (word === undefined) throw this.#problem('expected a value');
    return word === 'null' ? { is: 'nothing' } : { is: 'boolean', value: word === 'true' };
  }

  expectEnd(): void {
    if (this.#peek() !== '') throw this.#problem('expected nothing more');
  }

  #readTable(depth: number): FileTable {
    const entries: FileEntry[] = [];
    if (this.#takeMark('}')) return { is: 'table', entries };
    do {
      const key = this.#take(STRING);
      if (key === undefined) throw this.#problem('expected a key in double quotes');
      const line = this.#line;
      if (!this.#takeMark(':')) throw this.#problem('expected ":" behind a key');
      entries.push({ key: JSON.parse(key) as string, line, value: this.readValue(depth + 1) });
    } while (this.#takeMark(','));
    if (!this.#takeMark('}')) throw this.#problem('expected "," or "}"');
    return { is: 'table', entries };
  }

  #readItems(depth: number): readonly FileItem[] {
    const items: FileItem[] = [];
    if (this.#takeMark(']')) return items;
    do {
      this.#peek();
      const line = this.#line;
      items.push({ line, value: this.readValue(depth + 1) });
    } while (this.#takeMark(','));
    if (!this.#takeMark(']')) throw this.#problem('expected "," or "]"');
    return items;
  }

  /** The next character that is not blank; empty at the end, whose line is that of the last character. */
  #peek(): string {
    BLANK.lastIndex = this.#at;
    const blank = BLANK.exec(this.#text)?.[0] ?? '';
    const next = this.#text.charAt(this.#at + blank.length);
    if (next !== '') {
      this.#at += blank.length;
      this.#line += blank.split('\n').length - 1;
    }
    return next;
  }

  #takeMark(mark: string): boolean {
    if (this.#peek() !== mark) return false;
    this.#at += 1;
    return true;
  }

  #take(pattern: RegExp): string | undefined {
    this.#peek();
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #problem(expected: string): FileSyntaxError {
    const next = this.#peek();
    let reason = expected;
    if (next === '') reason = `${expected}, but the file ends here`;
    else if (next === '#' || /^\/[/*]/.test(this.#text.slice(this.#at, this.#at + 2))) reason = 'JSON has no comments';
    else if (next === "'") reason = 'text stands in double quotes';
    else if (next === '}' || next === ']') reason = `${expected} before "${next}"`;
    return new FileSyntaxError(reason, this.#line);
  }
}
