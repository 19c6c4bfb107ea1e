// Durations as Go writes them: 30s, 1m30s, 500ms, 1.5h, 0.

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3, // U+00B5, the micro sign
  μs: 1e-3, // U+03BC, the Greek letter
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** Go counts nanoseconds in 64 bits and refuses what does not fit. */
const MAX_MS = 2 ** 63 / 1e6;

/**
 * Milliseconds, by the grammar of https://pkg.go.dev/time#ParseDuration; undefined for text that is no duration and for
 * a negative one, which no setting has a use for.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0' || text === '+0') return 0;
  const unsigned = text.startsWith('+') ? text.slice(1) : text;
  const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;
  let total = 0;
  while (part.lastIndex < unsigned.length) {
    const [, amount, unit] = part.exec(unsigned) ?? [];
    if (amount === undefined || unit === undefined) return undefined;
    total += inWholeNanoseconds(Number(amount) * (UNIT_MS[unit] ?? Number.NaN));
  }
  return unsigned !== '' && total < MAX_MS ? total : undefined;
}

/** Without what binary fractions add: 16.027 times 1,000 is a little more than 16,027. */
function inWholeNanoseconds(ms: number): number {
  return Number.isInteger(ms) ? ms : Math.round(ms * 1e6) / 1e6;
}

/** The other way round, for whole milliseconds as exactly as Go would: `1m30s`, `500ms`, `0s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  if (ms < 1_000) return `${ms}ms`;
  const [hours, minutes, seconds] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, (ms % 60_000) / 1_000];
  const larger = `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}`;
  return `${larger}${seconds}s`;
}
