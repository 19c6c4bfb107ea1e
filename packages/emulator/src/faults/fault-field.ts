// The checks of a fault order's fields: each answers what is wrong with a value, if anything.

/** Says what the value has to be; undefined when it is that. */
export type FieldReader = (value: unknown) => string | undefined;

// The longest time that a timer can wait.
const MAX_DURATION = 2 ** 31 - 1;

const text: FieldReader = (value) => (typeof value === 'string' && value !== '' ? undefined : 'a text');

const texts: FieldReader = (value) => (isTexts(value) ? undefined : 'an object of texts');

const sqlState: FieldReader = (value) =>
  typeof value === 'string' && /^[0-9A-Z]{5}$/.test(value) ? undefined : 'five of 0-9 and A-Z';

const duration: FieldReader = (value) =>
  typeof value === 'number' && value >= 0 && value <= MAX_DURATION ? undefined : `a number from 0 to ${MAX_DURATION}`;

const count: FieldReader = (value) =>
  Number.isSafeInteger(value) && Number(value) > 0 ? undefined : 'a whole number above 0';

const errorStatus: FieldReader = (value) =>
  Number.isInteger(value) && Number(value) >= 400 && Number(value) <= 599 ? undefined : 'a status from 400 to 599';

function oneOf(...words: readonly string[]): FieldReader {
  return (value) => (words.some((word) => word === value) ? undefined : `one of ${words.join(', ')}`);
}

export const field = { text, texts, sqlState, duration, count, errorStatus, oneOf } as const;

function isTexts(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((entry) => typeof entry === 'string')
  );
}
