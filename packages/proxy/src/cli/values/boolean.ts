// Booleans as flags, variables and query parameters spell them.

const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** The spellings of Go's strconv.ParseBool, which pflag uses; undefined for any other. */
export function parseBoolean(text: string): boolean | undefined {
  if (TRUE.has(text)) return true;
  return FALSE.has(text) ? false : undefined;
}

/** The spellings of an instance's query parameters: true, t or nothing, false or f, in any letter case. */
export function parseQueryBoolean(text: string): boolean | undefined {
  switch (text.toLowerCase()) {
    case 'true':
    case 't':
    case '':
      return true;
    case 'false':
    case 'f':
      return false;
    default:
      return undefined;
  }
}
