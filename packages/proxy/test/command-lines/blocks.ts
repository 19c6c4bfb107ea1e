// Reads a table of command lines: blocks with an empty line between them.

export interface Block {
  /** The line behind `$`, as the name of a test. */
  readonly title: string;
  /** Variables before the arguments, without their common beginning. */
  readonly env: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
  /** The config file that lies ready, from `@NAME` and the lines behind `|`. */
  readonly file: { readonly name: string; readonly text: string } | undefined;
  /** What comes of it. */
  readonly expected: string;
  /** What it was read from, less what is expected. */
  readonly source: string;
}

/** Lines that begin with `#` are comments. */
export function parseBlocks(text: string): readonly Block[] {
  return text
    .split(/\n{2,}/)
    .map((block) => block.split('\n').filter((line) => line !== '' && !line.startsWith('#')))
    .filter((lines) => lines.length > 0)
    .map(parseBlock);
}

function isInput(line: string): boolean {
  return /^[$@|]/.test(line);
}

function parseBlock(lines: readonly string[]): Block {
  const input = lines.filter(isInput);
  const title =
    input
      .find((line) => line.startsWith('$'))
      ?.slice(1)
      .trim() ?? '';
  const words = splitWords(title);
  const variables = words.findIndex((word) => !/^[A-Z_\d]+=/.test(word));
  const behind = variables === -1 ? words.length : variables;
  const name = input.find((line) => line.startsWith('@'))?.slice(1);
  const content = input.filter((line) => line.startsWith('|')).map((line) => line.replace(/^\| ?/, ''));
  return {
    title: name === undefined ? title : `${title} with ${name}: ${content.join('; ')}`,
    env: Object.fromEntries(words.slice(0, behind).map((word) => splitOnce(word))),
    argv: words.slice(behind),
    file: name === undefined ? undefined : { name, text: `${content.join('\n')}\n` },
    expected: lines.filter((line) => !isInput(line)).join('\n'),
    source: input.join('\n'),
  };
}

/** Words as a shell would split them, as far as single quotes go. */
function splitWords(line: string): readonly string[] {
  return Array.from(line.matchAll(/(?:[^\s']|'[^']*')+/g), ([word]) => word.replaceAll("'", ''));
}

function splitOnce(word: string): readonly [string, string] {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)];
}
