// Config files with something wrong in their syntax, keys or values.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mistakesIn } from '../../../test/mistakes-in.ts';

const WRONG: readonly (readonly [name: string, text: string, ...mistakes: readonly string[]])[] = [
  // Documents.
  ['a.yaml', '- port: 1', 'a.yaml: the file holds a list: expected keys with values; write settings like port: 5432'],
  ['a.yaml', 'port 1', 'a.yaml: the file holds text: expected keys with values; write settings like port: 5432'],
  ['a.json', '[]', 'a.json: the file holds a list: expected keys with values; write settings like "port": 5432'],
  ['a.json', 'null', 'a.json: the file holds nothing: expected keys with values; write settings like "port": 5432'],
  [
    'a.json',
    '',
    'a.json:1: not valid JSON: expected a value, but the file ends here; keys and text stand in double quotes, with a comma between entries and none behind the last',
  ],
  [
    'a.toml',
    'port = 1\naddress = localhost',
    'a.toml:2: not valid TOML: invalid value; a line is KEY = VALUE, and text stands in quotes: address = "127.0.0.1"',
  ],
  ['a.toml', 'port = 1\nport = 2', 'a.toml:2: not valid TOML: port is set twice; keep one of them'],
  [
    'a.yaml',
    'port: 1\n\taddress: x',
    'a.yaml:2: not valid YAML: a tab is used for indentation; a line is KEY: VALUE; put the value in quotes if it holds anything but letters and digits',
  ],

  [
    'a.toml',
    `${'a.'.repeat(200)}a = 1`,
    'a.toml: not valid TOML: it is nested more than 100 deep; a line is KEY = VALUE, and text stands in quotes: address = "127.0.0.1"',
  ],

  // Keys.
  ['a.toml', 'prot = 1', 'a.toml:1: unknown key "prot"; did you mean port?'],
  ['a.toml', 'auto_iam_authn = true', 'a.toml:1: unknown key "auto_iam_authn"; did you mean auto-iam-authn?'],
  ['a.json', '{"ALLOYDB_PROXY_PSC": true}', 'a.json:1: unknown key "ALLOYDB_PROXY_PSC"; did you mean psc?'],
  ['a.json', '{"--psc": true}', 'a.json:1: unknown key "--psc"; did you mean psc?'],
  ['a.yaml', 'p: 1', 'a.yaml:1: unknown key "p"; did you mean port?'],
  ['a.yaml', 'instance: x', 'a.yaml:1: unknown key "instance"; did you mean instances?'],
  ['a.yaml', 'whatever: 1', 'a.yaml:1: unknown key "whatever"; keys are the names of the flags: see --help'],
  ['a.yaml', '{token:SECRET}', 'a.yaml:1: unknown key "token…"; did you mean token?'],
  ['a.yaml', '__proto__: 1', 'a.yaml:1: unknown key "__proto__"; keys are the names of the flags: see --help'],
  ['a.json', '{"__proto__": 1}', 'a.json:1: unknown key "__proto__"; keys are the names of the flags: see --help'],
  ['a.toml', '[__proto__]', 'a.toml:1: unknown key "__proto__"; settings stand at the top of the file, not in tables'],
  ['a.toml', 'x.y = 1', 'a.toml:1: unknown key "x"; settings stand at the top of the file, not in tables'],
  [
    'a.toml',
    '\n[server]\nport = 1',
    'a.toml:2: unknown key "server"; settings stand at the top of the file, not in tables',
  ],
  ['a.toml', 'help = true', 'a.toml:1: help cannot stand in a config file; ask for it on the command line: --help'],
  [
    'a.toml',
    'Version = true',
    'a.toml:1: Version cannot stand in a config file; ask for it on the command line: --version',
  ],
  [
    'a.toml',
    'config-file = "b.toml"',
    'a.toml:1: config-file cannot stand in a config file; one file holds everything',
  ],
  [
    'a.toml',
    'dial-address = "x"',
    'a.toml:1: unknown key "dial-address"; it belongs to one instance: instances = [{ uri = "INSTANCE_URI", dial-address = "HOST[:PORT]" }]',
  ],
  [
    'a.yaml',
    'unix-socket-path: /x',
    'a.yaml:1: unknown key "unix-socket-path"; it belongs to one instance: instances: [{ uri: INSTANCE_URI, unix-socket-path: "/path/to/it" }]',
  ],
  [
    'a.toml',
    'port = 1\n\nPORT = 2',
    'a.toml:3: PORT is set twice, first in line 1 as port; keep one of them: letter case makes no difference',
  ],
  ['a.yaml', 'port: 1\nport: 2', 'a.yaml:2: port is set twice, first in line 1; keep one of them'],
  ['a.json', '{"port": 1,\n"port": 2}', 'a.json:2: port is set twice, first in line 1; keep one of them'],

  // Values.
  [
    'a.toml',
    'port = "abc"',
    'a.toml:1: invalid value "abc" for port: expected a port number from 0 to 65535; write it like port = 5432',
  ],
  [
    'a.yaml',
    'port: 5432.5',
    'a.yaml:1: invalid value "5432.5" for port: expected a port number from 0 to 65535; write it like port: 5432',
  ],
  [
    'a.json',
    '{"port": 1e400}',
    'a.json:1: invalid value "1e400" for port: expected a port number from 0 to 65535; write it like "port": 5432',
  ],
  [
    'a.toml',
    'PORT = 5_432',
    'a.toml:1: invalid value "5_432" for PORT: expected a port number from 0 to 65535; write it like port = 5432',
  ],
  [
    'a.toml',
    'max-connections = 18446744073709551616',
    'a.toml:1: invalid value "18446744073709551616" for max-connections: expected a whole number, 0 or more; write it like max-connections = 0',
  ],
  [
    'a.toml',
    'port = inf',
    'a.toml:1: invalid value "inf" for port: expected a port number from 0 to 65535; write it like port = 5432',
  ],
  [
    'a.toml',
    'port = 1979-05-27',
    'a.toml:1: port is a date: expected a port number from 0 to 65535; write it like port = 5432',
  ],
  [
    'a.toml',
    'port = [1]',
    'a.toml:1: port is a list: expected a port number from 0 to 65535; write it like port = 5432',
  ],
  ['a.toml', '[port]', 'a.toml:1: port is a table: expected a port number from 0 to 65535; write it like port = 5432'],
  [
    'a.toml',
    'address = true',
    'a.toml:1: address is a boolean: expected an IP address or a host name, without a port; write it like address = "127.0.0.1"',
  ],
  [
    'a.toml',
    'quiet = "yes"',
    'a.toml:1: invalid value "yes" for quiet: expected true or false; write it like quiet = true',
  ],
  ['a.toml', 'quiet = 2', 'a.toml:1: invalid value "2" for quiet: expected true or false; write it like quiet = true'],
  [
    'a.toml',
    'unix-socket-mode = 0o660',
    'a.toml:1: invalid value "0o660" for unix-socket-mode: expected permissions in octal; write it like unix-socket-mode = "0600"',
  ],
  [
    'a.yaml',
    'max-sigterm-delay: 30',
    'a.yaml:1: invalid value "30" for max-sigterm-delay: expected a duration; write it like max-sigterm-delay: "1m30s"',
  ],
  ['a.yaml', 'port:', 'a.yaml:1: the value of port is empty; write it like port: 5432, or leave it out'],
  ['a.json', '{"port": null}', 'a.json:1: the value of port is empty; write it like "port": 5432, or leave it out'],
  ['a.toml', 'token = ""', 'a.toml:1: the value of token is empty; write it like token = "TOKEN", or leave it out'],
  ['a.toml', 'token = ["SECRET"]', 'a.toml:1: token is a list: expected text; write it like token = "TOKEN"'],
  [
    'a.yaml',
    'json-credentials: {private_key: SECRET}',
    'a.yaml:1: json-credentials is a table: expected text; write it like json-credentials: "JSON"',
  ],
  [
    'a.toml',
    'allow-from = [\n"a",\n1979-05-27]',
    'a.toml:3: the list allow-from holds a date: expected text; write it like allow-from = ["ONE", "TWO"]',
  ],
  [
    'a.toml',
    'allow-from = ["a",\n""]',
    'a.toml:2: the list allow-from holds an empty value; write it like allow-from = ["ONE", "TWO"]',
  ],
  [
    'a.yaml',
    'allow-from: [a, ]\nallow-From: [~]',
    'a.yaml:2: allow-From is set twice, first in line 1 as allow-from; keep one of them: letter case makes no difference',
  ],
  [
    'a.yaml',
    'allow-from: [~]',
    'a.yaml:1: the list allow-from holds an empty value: expected text; write it like allow-from: ["ONE", "TWO"]',
  ],
  [
    'a.yaml',
    'allow-from: {a: b}',
    'a.yaml:1: allow-from is a table: expected a list; write it like allow-from: ["ONE", "TWO"]',
  ],
  [
    'a.toml',
    'port-conflict = "neither"\nport-conflict-x = 1',
    'a.toml:1: invalid value "neither" for port-conflict: expected fail or next; write it like port-conflict = "fail"',
    'a.toml:2: unknown key "port-conflict-x"; did you mean port-conflict?',
  ],
];

for (const [name, text, ...mistakes] of WRONG) {
  test(`readDocument refuses ${name} with ${JSON.stringify(text)}`, async () => {
    assert.deepEqual(await mistakesIn(name, text), mistakes);
  });
}
