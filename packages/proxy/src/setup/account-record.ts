// What `setup` has made, written where it can be found again from any machine: into the description of the account.

/** Everything that --undo may take away. */
export interface AccountRecord {
  /** Whether the account itself was made. */
  readonly madeAccount: boolean;
  /** Those that it did not have before, as in `roles/alloydb.client`. */
  readonly grantedRoles: readonly string[];
  /** Beginnings of the IDs of keys: an ID takes 40 characters, and a description has 256. */
  readonly keys: readonly string[];
}

export const nothingMade: AccountRecord = { madeAccount: false, grantedRoles: [], keys: [] };

const longestDescription = 256;
const pattern = /\s*\[alloydb-auth-proxy setup:([^\]]*)\]/;

export function readRecord(description: string): AccountRecord {
  const words = (pattern.exec(description)?.[1] ?? '').split(/[\s,;]+/);
  return {
    madeAccount: words.includes('account'),
    grantedRoles: words.filter((word) => word.startsWith('roles/')),
    keys: words.flatMap((word) => /^key\/([0-9a-f]+)$/.exec(word)?.[1] ?? []),
  };
}

/** What people wrote beside the record stays. Undefined when there is no room for it. */
export function writeRecord(
  description: string,
  { madeAccount, grantedRoles, keys }: AccountRecord,
): string | undefined {
  const words = [...(madeAccount ? ['account'] : []), ...grantedRoles, ...keys.map((key) => `key/${key}`)];
  const rest = description.replace(pattern, '').trim();
  const record = words.length === 0 ? '' : `[alloydb-auth-proxy setup: ${words.join(' ')}]`;
  const text = [rest, record].filter((part) => part !== '').join(' ');
  return text.length > longestDescription ? undefined : text;
}

export function addToRecord(record: AccountRecord, { grantedRoles = [], key }: RecordAddition): AccountRecord {
  return {
    ...record,
    grantedRoles: [...new Set([...record.grantedRoles, ...grantedRoles])],
    keys: key === undefined || holdsKey(record, key) ? record.keys : [...record.keys, key.slice(0, keyLength)],
  };
}

export interface RecordAddition {
  readonly grantedRoles?: readonly string[];
  /** ID of a key. */
  readonly key?: string;
}

/** Whether the key may be taken away: by its own entry, or together with its account. */
export function holdsKey({ madeAccount, keys }: AccountRecord, id: string): boolean {
  return madeAccount || keys.includes(id.slice(0, keyLength));
}

const keyLength = 8;

/** One key has taken the place of another. */
export function exchangeInRecord(record: AccountRecord, oldId: string, newId: string): AccountRecord {
  const old = oldId.slice(0, keyLength);
  return { ...record, keys: record.keys.map((key) => (key === old ? newId.slice(0, keyLength) : key)) };
}
