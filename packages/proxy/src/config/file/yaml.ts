// Reads YAML 1.2 with the line of every key, with aliases and merge keys (<<) put in place.

import type { Alias, Document, LineCounter, Node, Scalar, YAMLMap } from 'yaml';
import type * as Yaml from 'yaml';
import { FileSyntaxError } from './syntax-error.ts';
import { type FileEntry, type FileTable, type FileValue, MAX_DEPTH } from './tree.ts';
import { describeYamlProblem } from './yaml-problems.ts';

/** Values that aliases may stand for altogether; a few lines of aliases to aliases can mean billions. */
const MAX_ALIASED = 10_000;

/** @throws {FileSyntaxError} */
export async function readYaml(text: string): Promise<FileValue> {
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, {
    lineCounter: lines,
    // Repeated keys are found by whoever reads the settings, in any letter case.
    uniqueKeys: false,
    prettyErrors: false,
    // Whatever %YAML says: the words and numbers of version 1.1 surprise everybody.
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
    logLevel: 'error',
  });
  const [problem] = [...document.errors, ...document.warnings].toSorted((a, b) => a.pos[0] - b.pos[0]);
  if (problem !== undefined) {
    // A quote that is never closed is a problem at the end; the empty lines there belong to nobody.
    const at = Math.min(problem.pos[0], text.trimEnd().length);
    throw new FileSyntaxError(describeYamlProblem(problem.code), lines.linePos(at).line);
  }
  const value = new YamlReader(yaml, document, lines).valueOf(document.contents, 0);
  // A document that is empty, or comments alone, sets nothing.
  return value.is === 'nothing' ? { is: 'table', entries: [] } : value;
}

class YamlReader {
  readonly #yaml: typeof Yaml;
  readonly #lines: LineCounter;
  readonly #targets: ReadonlyMap<Alias, Node>;
  /** The alias that stands in the document itself, while what it stands for is read. */
  #outerAlias: Alias | undefined;
  #aliased = 0;

  constructor(yaml: typeof Yaml, document: Document.Parsed, lines: LineCounter) {
    this.#yaml = yaml;
    this.#lines = lines;
    this.#targets = findTargets(yaml, document);
  }

  valueOf(node: unknown, depth: number): FileValue {
    const { isAlias, isMap, isScalar, isSeq } = this.#yaml;
    if (depth > MAX_DEPTH) throw this.#problem(`it is nested more than ${MAX_DEPTH} deep`, node);
    if (this.#outerAlias !== undefined && ++this.#aliased > MAX_ALIASED) {
      throw this.#problem(`its aliases stand for more than ${MAX_ALIASED} values`, node);
    }
    if (isAlias(node)) return this.#behindAlias(node, depth + 1);
    if (isMap(node)) return this.#tableOf(node, depth);
    if (isSeq(node)) {
      const items = node.items.map((item) => ({ line: this.#lineOf(item), value: this.valueOf(item, depth + 1) }));
      return { is: 'list', items };
    }
    return isScalar(node) ? scalarValue(node) : { is: 'nothing' };
  }

  #tableOf(map: YAMLMap, depth: number): FileTable {
    const own: FileEntry[] = [];
    const merged: FileEntry[] = [];
    for (const { key, value } of map.items) {
      if (this.#isMergeKey(key)) {
        merged.push(...this.#mergedEntries(value, depth + 1));
      } else {
        own.push({ key: this.#keyText(key), line: this.#lineOf(key), value: this.valueOf(value, depth + 1) });
      }
    }
    const taken = new Set(own.map(({ key }) => key.toLowerCase()));
    const added = merged.filter(({ key }) => {
      const isNew = !taken.has(key.toLowerCase());
      taken.add(key.toLowerCase());
      return isNew;
    });
    return { is: 'table', entries: [...own, ...added] };
  }

  /** Of several merged tables the first counts most: https://yaml.org/type/merge.html */
  #mergedEntries(node: unknown, depth: number): readonly FileEntry[] {
    const value = this.valueOf(node, depth);
    const tables = value.is === 'list' ? value.items.map((item) => item.value) : [value];
    return tables.flatMap((table) => {
      if (table.is !== 'table') throw this.#problem('"<<" stands before something that has no keys', node);
      return table.entries;
    });
  }

  #isMergeKey(key: unknown): boolean {
    return this.#yaml.isScalar(key) && key.type === 'PLAIN' && key.value === '<<';
  }

  #keyText(key: unknown): string {
    if (!this.#yaml.isScalar(key)) throw this.#problem('a key is not text', key);
    return typeof key.value === 'string' ? key.value : (key.source ?? '');
  }

  #behindAlias(alias: Alias, depth: number): FileValue {
    const target = this.#targets.get(alias);
    if (target === undefined) throw this.#problem('an alias (*NAME) has no anchor (&NAME) above it', alias);
    const outer = this.#outerAlias;
    this.#outerAlias ??= alias;
    const value = this.valueOf(target, depth);
    this.#outerAlias = outer;
    return value;
  }

  #lineOf(node: unknown): number | undefined {
    const range = this.#yaml.isNode(node) ? node.range : undefined;
    return range ? this.#lines.linePos(range[0]).line : undefined;
  }

  #problem(reason: string, node: unknown): FileSyntaxError {
    return new FileSyntaxError(reason, this.#lineOf(this.#outerAlias ?? node));
  }
}

/** An alias means the anchor of its name that stands last before it. */
function findTargets({ visit }: typeof Yaml, document: Document.Parsed): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Alias(_key, alias) {
      const target = anchors.get(alias.source);
      if (target !== undefined) targets.set(alias, target);
    },
    Value(_key, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

function scalarValue({ value, source }: Scalar): FileValue {
  if (typeof value === 'string') return { is: 'text', text: value };
  if (typeof value === 'boolean') return { is: 'boolean', value };
  if (typeof value === 'number') return { is: 'number', text: source ?? String(value) };
  return { is: 'nothing' };
}
