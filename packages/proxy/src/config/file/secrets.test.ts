// No mistake in a config file makes a message show a secret.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mistakesIn } from '../../../test/mistakes-in.ts';

/** Put in the place of each character in turn; the first leaves it out. */
const WRONG = ['', ...'" \' \n : = [ ] { } # , & * ! | > % @ \\ - \0'.split(' '), ' '];

const WITH_SECRET = {
  toml: `port = 5432\ntoken = "SECRET"\njson-credentials = """{"key":\n"SECRET"}"""\nquiet = true\n`,
  yaml: `port: 5432\ntoken: SECRET\nlogin-token: 'SECRET'\njson-credentials: |\n  {"key":\n  "SECRET"}\nquiet: true\n`,
  json: `{"port": 5432, "token": "SECRET",\n"json-credentials": "{SECRET}", "quiet": true}`,
};

for (const [extension, text] of Object.entries(WITH_SECRET)) {
  test(`readDocument never shows a secret of a .${extension} file with one wrong character`, async () => {
    for (let at = 0; at <= text.length; at++) {
      for (const wrong of WRONG) {
        const damaged = text.slice(0, at) + wrong + text.slice(at + 1);
        const report = (await mistakesIn(`a.${extension}`, damaged)).join('\n');
        assert.ok(!report.includes('SECRET'), `${damaged}\n${report}`);
      }
    }
  });
}
