// Modes of files, as chmod writes them in octal.

/** Undefined for anything but three octal digits, with or without zeros in front: 600, 0660. */
export function parseFileMode(text: string): number | undefined {
  return /^0{0,2}[0-7]{3}$/.test(text) ? Number.parseInt(text, 8) : undefined;
}
