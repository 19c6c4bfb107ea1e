// Measures the proxy beside others under the same load: `npm run bench -- [--quick] [--only MEASURE,…] [--peer NAME=COMMAND] …`.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findCandidates } from './candidates/find.ts';
import { goRelayName } from './candidates/go-relay.ts';
import { buildOurs, isOurs, onNodeName } from './candidates/ours.ts';
import type { Result } from './measures/measure.ts';
import { measures } from './measures/measures.ts';
import { full, quick } from './measures/sizes.ts';
import { describeMachine } from './report/machine.ts';
import { pageOf } from './report/page.ts';
import type { Report } from './report/report.ts';
import { asText, tablesOf } from './report/tables.ts';

const { values: options } = parseArgs({
  options: {
    /** Under five minutes. */
    quick: { type: 'boolean', default: false },
    /** Measures, by id, with commas; default: all. */
    only: { type: 'string' },
    /** Candidates, by parts of their names, with commas; default: all. */
    candidates: { type: 'string' },
    /** Another proxy: NAME=COMMAND with {port}, {uri}, {api}, {credentials}. */
    peer: { type: 'string', multiple: true, default: [] },
    /** Whom the others are compared with. */
    base: { type: 'string' },
    rounds: { type: 'string' },
    /** Measures what is built already. */
    'no-build': { type: 'boolean', default: false },
    /** Where to write all results. */
    json: { type: 'string' },
    /** Where to write the page. */
    page: { type: 'string' },
  },
});

const folder = mkdtempSync(join(tmpdir(), 'alloydb-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
if (!options['no-build']) buildOurs();
const found = findCandidates({ peers: options.peer, chosen: options.candidates?.split(','), folder });
const names = found.candidates.map(({ name }) => name);
const base = options.base ?? [goRelayName, onNodeName].find((name) => names.includes(name)) ?? 'nobody';
const size = {
  ...(options.quick ? quick : full),
  ...(options.rounds === undefined ? {} : { rounds: Number(options.rounds) }),
};
const missing = [...found.missing];
for (const { name, reason } of missing) print(`left out: ${name}: ${reason}`);
print(`measuring ${names.join(', ')}`);

const machine = describeMachine();
const results: Result[] = [];
const notes: string[] = [];
const only = options.only?.split(',');
for (const measure of measures) {
  if (only?.includes(measure.id) === false) continue;
  const reason = measure.impossible?.();
  if (reason !== undefined) {
    missing.push({ name: measure.title, reason });
    print(`left out: ${measure.title}: ${reason}`);
    continue;
  }
  const began = performance.now();
  await measure.run({
    candidates: found.candidates,
    size,
    record: (result) => void results.push(result),
    note: (text) => {
      notes.push(text);
      print(text);
    },
    fail: (candidate, error) => {
      const text = error instanceof Error ? error.message : String(error);
      missing.push({ name: `${candidate} in ${measure.id}`, reason: text.split('\n', 1)[0] ?? '' });
      process.stderr.write(`${candidate} could not be measured in ${measure.id}: ${text}\n`);
      // What others do wrong is their own affair.
      if (isOurs(candidate)) process.exitCode = 1;
    },
  });
  for (const table of tablesOf(measure, results, base)) print(`\n${asText(table)}`);
  print(`${measure.id} took ${((performance.now() - began) / 1000).toFixed(0)} s`);
}

const report: Report = {
  date: new Date().toISOString().slice(0, 10),
  size: options.quick ? 'quick' : 'full',
  machine,
  base,
  missing,
  notes,
  results,
};
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
if (options.page !== undefined) writeFileSync(options.page, pageOf(report));

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
