// One object of a described state: its fields read one by one, each mistake told with its path.

import { EmulatorError } from '../emulator-error.ts';

export class DescribedFields {
  readonly #path: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(path: string, value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw wrong(path === '' ? 'the whole' : path, 'it is not an object', 'write it as {…}');
    }
    this.#path = path;
    this.#fields = { ...value };
  }

  at(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined;
  }

  only(...known: readonly string[]): void {
    const stranger = Object.keys(this.#fields).find((name) => !known.includes(name));
    if (stranger !== undefined) {
      throw wrong(this.at(stranger), 'there is no such field', `the fields are ${known.join(', ')}`);
    }
  }

  text(name: string): string {
    const value = this.#fields[name];
    if (typeof value === 'string' && value !== '') return value;
    throw wrong(this.at(name), value === undefined ? 'it is missing' : 'it is not a text', 'give a text');
  }

  optionalText(name: string): string | undefined {
    return this.has(name) ? this.text(name) : undefined;
  }

  texts(name: string): readonly string[] {
    const value = this.#fields[name];
    if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
    throw wrong(this.at(name), 'it is not a list of texts', 'write it as ["…"]');
  }

  truth(name: string): boolean | undefined {
    const value = this.#fields[name];
    if (value === undefined || typeof value === 'boolean') return value;
    throw wrong(this.at(name), 'it is neither true nor false', 'write it without quotes');
  }

  count(name: string, most: number): number | undefined {
    const value = this.#fields[name];
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value;
    throw wrong(this.at(name), 'it is out of range', `give a whole number from 1 to ${most}`);
  }

  oneOf<T extends string>(name: string, words: readonly T[]): T | undefined {
    const value = this.#fields[name];
    const word = words.find((one) => one === value);
    if (value === undefined || word !== undefined) return word;
    throw wrong(this.at(name), `${JSON.stringify(value)} is none of the words`, `use one of ${words.join(', ')}`);
  }

  /** A text that `read` makes something of, or refuses by an EmulatorError. */
  check(name: string, read: (text: string) => string): string {
    const text = this.text(name);
    try {
      return read(text);
    } catch (error) {
      if (error instanceof EmulatorError) throw wrong(this.at(name), error.message, error.hint);
      throw error;
    }
  }

  list(name: string): readonly DescribedFields[] {
    const value = this.#fields[name];
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw wrong(this.at(name), 'it is not a list', 'write it as […]');
    return value.map((one: unknown, i) => new DescribedFields(`${this.at(name)}[${i}]`, one));
  }

  unique<T>(name: string, items: readonly T[], keyOf: (item: T) => string): void {
    const keys = items.map(keyOf);
    const again = keys.findIndex((key, i) => keys.indexOf(key) !== i);
    if (again !== -1) throw wrong(this.at(`${name}[${again}]`), `"${keys[again]}" is there twice`, 'remove one');
  }
}

export function wrong(path: string, reason: string, hint?: string): EmulatorError {
  return new EmulatorError('STATE_FILE', `${path}: ${reason}`, hint === undefined ? {} : { hint });
}
