// Decides what of another program's words may stand in a message: nothing that repeats a secret.

// A server that cuts the request short when it repeats it must not get past by that, so any piece of a secret counts.
// Eight characters of a key or token do not occur in prose by chance.
const pieceLength = 8;
const longestQuote = 300;

/**
 * One line of the text, shortened, or undefined when there is nothing to quote or it holds a piece of a secret, be it
 * as it is or as a form field.
 */
export function quotable(text: string, secrets: readonly string[]): string | undefined {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  if (line === '' || secrets.some((secret) => revealsPart(line, secret))) return undefined;
  return line.length > longestQuote ? `${line.slice(0, longestQuote)}…` : line;
}

function revealsPart(line: string, secret: string): boolean {
  // Line breaks of the secret have become spaces in the line; form encoding changes the other way round.
  return [secret.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim(), encodeURIComponent(secret)].some((form) => {
    if (form.length <= pieceLength) return form !== '' && line.includes(form);
    for (let start = 0; start + pieceLength <= form.length; start += 1) {
      if (line.includes(form.slice(start, start + pieceLength))) return true;
    }
    return false;
  });
}
