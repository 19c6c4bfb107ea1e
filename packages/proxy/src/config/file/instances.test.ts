// Config files with something wrong in their instances.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mistakesIn } from '../../../test/mistakes-in.ts';

const A = 'projects/p/locations/r/clusters/c/instances/a';
const B = 'projects/p/locations/r/clusters/c/instances/b';

const INSTANCE_TAKES =
  'an instance takes uri, address, port, unix-socket, unix-socket-path, auto-iam-authn, public-ip, psc, auto-ip, dial-address, warm-connections, allow, max-connections';

const WRONG: readonly (readonly [name: string, text: string, ...mistakes: readonly string[]])[] = [
  [
    'a.toml',
    'instance-uri = ""',
    'a.toml:1: the value of instance-uri is empty; write it like instance-uri = "INSTANCE_URI"',
  ],
  [
    'a.toml',
    'instance-uri = 5',
    'a.toml:1: instance-uri is a number: expected an instance URI; write it like instance-uri = "INSTANCE_URI"',
  ],
  ['a.toml', `instance-uri = ["${A}"]`, 'a.toml:1: instance-uri is a list: expected an instance URI; use instances'],
  [
    'a.toml',
    '\ninstance-uri = "p:r:i"',
    'a.toml:2: cannot read the instance URI "p:r:i": this is the name of a Cloud SQL instance; write it as projects/PROJECT/locations/REGION/clusters/CLUSTER/instances/INSTANCE',
  ],
  [
    'a.toml',
    `instance-uri-0 = "${A}"\ninstance-uri-2 = "${B}"`,
    'a.toml:2: instance-uri-2 is set but instance-uri-1 is not; set instance-uri-1 or renumber: the numbers count up from 0',
  ],
  [
    'a.toml',
    `instance-uri-1 = "${A}"`,
    'a.toml:1: instance-uri-1 is set but instance-uri-0 is not; set instance-uri-0 or renumber: the numbers count up from 0',
  ],
  [
    'a.toml',
    `instance-uri-0 = "${A}"\n[[instances]]\nuri = "${B}"`,
    'a.toml:2: instances and instance-uri-0 cannot be used together; put the instance of instance-uri-0 into the list instances',
  ],
  [
    'a.toml',
    `[instances.x]\nuri = "${A}"`,
    'a.toml:1: instances is a table: expected a list of instances; write it like instances = [{ uri = "INSTANCE_URI", port = 5433 }]',
  ],
  [
    'a.json',
    '{"instances": "x"}',
    'a.json:1: instances is text: expected a list of instances; write it like "instances": [{ "uri": "INSTANCE_URI", "port": 5433 }]',
  ],
  [
    'a.yaml',
    'instances:\n- 5\n- ~',
    'a.yaml:2: the list instances holds a number: expected instances; write it like instances: [{ uri: INSTANCE_URI, port: 5433 }]',
    'a.yaml:3: the list instances holds an empty value: expected instances; write it like instances: [{ uri: INSTANCE_URI, port: 5433 }]',
  ],
  [
    'a.toml',
    '[[instances]]\nport = 1',
    'a.toml:1: an instance has no uri; write it like instances = [{ uri = "INSTANCE_URI", port = 5433 }]',
  ],
  [
    'a.toml',
    `[[instances]]\nuri = "${A}"\nport = 1\nPort = 2`,
    'a.toml:4: Port is set twice, first in line 3 as port; keep one of them: letter case makes no difference',
  ],
  [
    'a.toml',
    `[[instances]]\nport = 1\nuri = "${A}?port=1"`,
    `a.toml:2: port is set both in the query of the URI and beside it for instance "${A}"; keep one of them`,
  ],
  [
    'a.yaml',
    `instances:\n- uri: ${A}\n  port: 99999\n  psc: 2\n  address: true\n  unix-socket:\n  prot: 1\n  token: SECRET\n  x: 1`,
    `a.yaml:3: invalid value "99999" of port for instance "${A}": expected a port number from 0 to 65535; write it like port: 5432`,
    `a.yaml:4: invalid value "2" of psc for instance "${A}": expected true or false; write it like psc: true`,
    'a.yaml:5: address is a boolean: expected an IP address or a host name, without a port; write it like address: "127.0.0.1"',
    'a.yaml:6: the value of unix-socket is empty; write it like unix-socket: "/path/to/it", or leave it out',
    `a.yaml:7: unknown key "prot" for instance "${A}"; did you mean port?`,
    `a.yaml:8: unknown key "token" for instance "${A}"; token holds for all instances: write it at the top of the file`,
    `a.yaml:9: unknown key "x" for instance "${A}"; ${INSTANCE_TAKES}`,
  ],
  [
    'a.toml',
    `[[instances]]\nuri = "${A}"\nport = 1\nunix-socket = "/x"`,
    `a.toml:4: port and unix-socket cannot be used together for instance "${A}"; remove port or unix-socket from the instance`,
  ],
  [
    'a.toml',
    `[[instances]]\nuri = "${A}?psc=true&port=x"\nauto-ip = true`,
    `a.toml:2: invalid value "x" of query parameter port for instance "${A}": expected a port number from 0 to 65535; write it like 'INSTANCE_URI?port=5433'`,
    `a.toml:3: psc and auto-ip cannot be used together for instance "${A}"; remove psc or auto-ip from the instance`,
  ],
  [
    'a.yaml',
    `instance-uri: ${A}?prot=1&token=x`,
    `a.yaml:1: unknown query parameter "prot" for instance "${A}"; did you mean port?`,
    `a.yaml:1: unknown query parameter "token" for instance "${A}"; token holds for all instances: write it at the top of the file`,
  ],
];

for (const [name, text, ...mistakes] of WRONG) {
  test(`readDocument refuses ${name} with ${JSON.stringify(text)}`, async () => {
    assert.deepEqual(await mistakesIn(name, text), mistakes);
  });
}
