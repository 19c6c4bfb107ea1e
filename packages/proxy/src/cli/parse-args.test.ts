// The grammar of pflag, against a table with flags of several kinds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlagTable } from './flag-row.ts';
import { parseArgs } from './parse-args.ts';

const TABLE = [
  { name: 'port', short: 'p', kind: 'port', scope: 'program', group: 'General', default: '5432', help: '' },
  { name: 'token', short: 't', kind: 'string', scope: 'program', group: 'General', help: '', secret: true },
  { name: 'address', short: 'a', kind: 'host', scope: 'program', group: 'General', help: '' },
  { name: 'iam', short: 'i', kind: 'boolean', scope: 'program', group: 'General', help: '' },
  { name: 'logs', short: 'l', kind: 'boolean', scope: 'program', group: 'General', help: '' },
  { name: 'quiet', kind: 'boolean', scope: 'program', group: 'General', help: '' },
  { name: 'delay', kind: 'duration', scope: 'program', group: 'General', help: '' },
  { name: 'delegates', short: 'd', kind: 'list', scope: 'program', group: 'General', help: '' },
  { name: 'limit', kind: 'unsigned', scope: 'program', group: 'General', help: '' },
  { name: 'socket', kind: 'path', scope: 'instance', group: 'General', placeholder: 'PATH', help: '' },
] as const satisfies FlagTable;

/** A command line, then `flag=value` for each flag set and the positionals as they are, or the error with its hint. */
const CASES: readonly (readonly [commandLine: string, outcome: string])[] = [
  ['', ''],
  ['X', 'X'],
  ['X Y', 'X Y'],
  ['--port 6000', 'port=6000'],
  ['--port=6000', 'port=6000'],
  ['-p 6000', 'port=6000'],
  ['-p6000', 'port=6000'],
  ['-p=6000', 'port=6000'],
  ['-p 0', 'port=0'],
  ['-p 65535', 'port=65535'],
  ['X --port 6000', 'port=6000 X'],
  ['--port 6000 X -i Y', 'port=6000 iam=true X Y'],
  ['-p 6000 -p 7000', 'port=7000'],
  ['--port=6000 -p7000', 'port=7000'],
  ['-i', 'iam=true'],
  ['--iam', 'iam=true'],
  ['-il', 'iam=true logs=true'],
  ['-li', 'iam=true logs=true'],
  ['-ilp6000', 'port=6000 iam=true logs=true'],
  ['-ip 6000', 'port=6000 iam=true'],
  ['-ip=6000', 'port=6000 iam=true'],
  ['-i=false', 'iam=false'],
  ['-i=true', 'iam=true'],
  ['-il=false', 'iam=true logs=false'],
  ['--iam=true', 'iam=true'],
  ['--iam=false', 'iam=false'],
  ['--iam=1', 'iam=true'],
  ['--iam=0', 'iam=false'],
  ['--iam=t', 'iam=true'],
  ['--iam=f', 'iam=false'],
  ['--iam=T', 'iam=true'],
  ['--iam=F', 'iam=false'],
  ['--iam=TRUE', 'iam=true'],
  ['--iam=FALSE', 'iam=false'],
  ['--iam=True', 'iam=true'],
  ['--iam=False', 'iam=false'],
  ['--iam --iam=false', 'iam=false'],
  ['--iam X', 'iam=true X'],
  ['-i X', 'iam=true X'],
  ['-t abc', 'token=abc'],
  ['-tabc', 'token=abc'],
  ['-t=a=b', 'token=a=b'],
  ['--token=a=b', 'token=a=b'],
  ['--token --port', 'token=--port'],
  ['--token -- X', 'token=-- X'],
  ['-t -i', 'token=-i'],
  ['-- --port', '--port'],
  ['-i -- -l X', 'iam=true -l X'],
  ['X -- -- Y', 'X -- Y'],
  ['--', ''],
  ['-', '-'],
  ['- -i', 'iam=true -'],
  ['--address localhost', 'address=localhost'],
  ['-a ::1', 'address=::1'],
  ['-a0.0.0.0', 'address=0.0.0.0'],
  ['--delay 1m30s', 'delay=90000'],
  ['--delay=0', 'delay=0'],
  ['--delegates a,b', 'delegates=a,b'],
  ['--delegates a,b --delegates=c -dd', 'delegates=a,b,c,d'],
  ['--limit 0', 'limit=0'],
  ['--bogus', 'unknown flag --bogus; see --help for the flags there are'],
  ['--prot 1', 'unknown flag --prot; did you mean --port?'],
  ['--Port 1', 'unknown flag --Port; did you mean --port?'],
  ['--addres=x', 'unknown flag --addres; did you mean --address?'],
  ['--deleg a', 'unknown flag --deleg; did you mean --delegates?'],
  ['--quite', 'unknown flag --quite; did you mean --quiet?'],
  ['--=x', 'unknown flag --; see --help for the flags there are'],
  ['---port', 'unknown flag ---port; did you mean --port?'],
  ['-x', 'unknown flag -x; see --help for the flags there are'],
  ['-ix', 'unknown flag -x in -ix; see --help for the flags there are'],
  ['-port 6000', 'unknown flag -port; did you mean --port? Long flags have two dashes'],
  ['-token=abc', 'unknown flag -token; did you mean --token? Long flags have two dashes'],
  ['--socket=/x', "unknown flag --socket; it is a query parameter of one instance: 'INSTANCE_URI?socket=PATH'"],
  ['--port', '--port needs a value; write it like --port 5432'],
  ['X -p', '-p needs a value; write it like -p 5432'],
  ['-ip', '-p needs a value; write it like -p 5432'],
  ['--port=', 'the value of --port is empty; write it like --port 5432, or leave it out'],
  ['-p=', 'the value of -p is empty; write it like -p 5432, or leave it out'],
  ['--token=', 'the value of --token is empty; write it like --token VALUE, or leave it out'],
  ['--port abc', 'invalid value "abc" for --port: expected a port number from 0 to 65535; write it like --port 5432'],
  [
    '--port 65536',
    'invalid value "65536" for --port: expected a port number from 0 to 65535; write it like --port 5432',
  ],
  ['--port -1', 'invalid value "-1" for --port: expected a port number from 0 to 65535; write it like --port 5432'],
  [
    '--port 05432',
    'invalid value "05432" for --port: expected a port number from 0 to 65535; write it like --port 5432',
  ],
  ['-p X', 'invalid value "X" for -p: expected a port number from 0 to 65535; write it like -p 5432'],
  ['--limit -1', 'invalid value "-1" for --limit: expected a whole number, 0 or more; write it like --limit 100'],
  ['--iam=yes', 'invalid value "yes" for --iam: expected true or false; write it like --iam=true'],
  ['--iam=', 'the value of --iam is empty; write it like --iam=true, or leave it out'],
  ['--iam true', '--iam does not take "true" from the next argument; write --iam=true'],
  ['-l 0', '-l does not take "0" from the next argument; write -l=0'],
  ['--delay 30', 'invalid value "30" for --delay: expected a duration; write it like --delay 1m30s'],
  [
    '--delegates a,,b',
    'invalid value "a,,b" for --delegates: expected values separated by commas; write it like --delegates ONE,TWO',
  ],
  [
    '-a 127.0.0.1:5432',
    'invalid value "127.0.0.1:5432" for -a: expected an IP address or a host name, without a port; write it like -a 127.0.0.1',
  ],
  ['-p abc --bogus', 'invalid value "abc" for -p: expected a port number from 0 to 65535; write it like -p 5432'],
];

for (const [commandLine, outcome] of CASES) {
  test(`parseArgs reads "${commandLine}" as "${outcome}"`, () => {
    const argv = commandLine === '' ? [] : commandLine.split(' ');
    assert.equal(describeOutcome(argv), outcome);
  });
}

test('parseArgs keeps what stands beside a mistake, and reports every mistake in order', () => {
  const { given, mistakes } = parseArgs(TABLE, ['--bogus', '-l', '--port', 'abc']);
  assert.equal(given.logs?.value, true);
  assert.deepEqual(
    mistakes.map(({ message }) => message.split(':')[0]),
    ['unknown flag --bogus', 'invalid value "abc" for --port'],
  );
});

function describeOutcome(argv: readonly string[]): string {
  const { given, positionals, mistakes } = parseArgs(TABLE, argv);
  const [mistake] = mistakes;
  if (mistake !== undefined) return `${mistake.message}; ${mistake.hint}`;
  const byName: Readonly<Record<string, { readonly value: unknown }>> = given;
  const settings = TABLE.flatMap(({ name }) => {
    const setting = byName[name];
    return setting === undefined ? [] : [`${name}=${String(setting.value)}`];
  });
  return [...settings, ...positionals].join(' ');
}
