// Whole numbers from 0 upwards, in decimal.

/**
 * Undefined for anything but a decimal number up to `max`. A leading zero is refused: Go reads it as octal in a flag
 * and as decimal in a query parameter, so neither reading would be what everybody meant.
 */
export function parseWholeNumber(text: string, max: number): number | undefined {
  if (!/^(?:0|[1-9]\d*)$/.test(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}
