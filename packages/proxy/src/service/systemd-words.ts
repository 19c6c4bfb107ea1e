// How texts are written in unit files, so that systemd reads back exactly what was meant.

/** Turns specifiers (`%t`) into plain text. */
export function withoutSpecifiers(text: string): string {
  return text.replaceAll('%', '%%');
}

/** One word of a list. */
export function listWord(text: string): string {
  const plain = withoutSpecifiers(text);
  return /^[^\s"'\\;]+$/.test(plain) ? plain : `"${plain.replace(/["\\]/g, String.raw`\$&`)}"`;
}

/** One word of a command line, where `$` stands for variables too. */
export function commandWord(text: string): string {
  return listWord(text).replaceAll('$', '$$$$');
}
