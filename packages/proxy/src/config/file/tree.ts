// What a config file says, whatever its format: keys and values in the order of the file, each with its line.

export type FileValue =
  | { readonly is: 'text'; readonly text: string }
  /** `text` is the number as it was written, so that it is read by the grammar of flags: `05432` and `1e3` are no ports. */
  | { readonly is: 'number'; readonly text: string }
  | { readonly is: 'boolean'; readonly value: boolean }
  | { readonly is: 'date' }
  /** null in JSON and YAML, and a YAML key without a value. */
  | { readonly is: 'nothing' }
  | { readonly is: 'list'; readonly items: readonly FileItem[] }
  | FileTable;

export interface FileTable {
  readonly is: 'table';
  readonly entries: readonly FileEntry[];
}

export interface FileItem {
  readonly value: FileValue;
  /** Counted from 1; undefined where the line is not known for sure. */
  readonly line: number | undefined;
}

export interface FileEntry extends FileItem {
  /** As it was written. */
  readonly key: string;
}

/** No setting needs more than three levels; a limit of our own keeps the stack from being one. */
export const MAX_DEPTH = 100;

/** What a value is, as the subject of an error message would have it. */
export function describeValue({ is }: FileValue): string {
  return {
    text: 'text',
    number: 'a number',
    boolean: 'a boolean',
    date: 'a date',
    nothing: 'nothing',
    list: 'a list',
    table: 'a table',
  }[is];
}
