// Words of a command line as programs on Windows split it.

/** By the rules of CommandLineToArgvW: backslashes count only before a quotation mark. */
export function windowsWord(text: string): string {
  if (text !== '' && !/[\s"]/.test(text)) return text;
  return `"${text.replace(/(\\*)"/g, String.raw`$1$1\"`).replace(/(\\+)$/, '$1$1')}"`;
}

export function windowsCommandLine(words: readonly string[]): string {
  return words.map(windowsWord).join(' ');
}
