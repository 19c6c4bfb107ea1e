// docs/benchmarks.md: what was measured, on what, and the tables.

import { measures } from '../measures/measures.ts';
import type { Report } from './report.ts';
import { asMarkdown, tablesOf } from './tables.ts';

export function pageOf({ base, date, machine, missing, notes, results, size }: Report): string {
  const { processor, processors, memoryGiB, system, load, programs } = machine;
  const versions = Object.entries(programs).map(([name, version]) => `${name} ${version}`);
  const left = [
    ...missing.map(({ name, reason }) => `- Left out: ${name}: ${reason}.`),
    ...notes.map((note) => `- ${note}.`),
  ];
  return `# Benchmarks

\`npm run bench\` measured this page (${size} form, ${date}); \`npm run bench -- --quick\` takes less than five minutes, and
\`--peer NAME=COMMAND\` adds any other proxy. Everything runs on one machine in turn, A B C A B C. Cells are medians, with
the least and the most of all rounds in parentheses; ratios are made within a round. CPU is user and system time of all threads and children of the
proxy, peak is its resident memory. Wall time is shared with the load and the server on the same processors; CPU time says more.

- "direct" is a TLS client without a proxy, and in pgbench PostgreSQL itself. "ours" and "Go relay" make the metadata
  exchange; haproxy, nginx and stunnel are plain TLS clients of the same server, with one thread (stunnel: one for each client).
- The Go relay (bench/peers/go-relay) is crypto/tls with copies of 8 KiB: the shape of the official proxy's data plane, not that proxy.
- ${processors} × ${processor}, ${memoryGiB} GiB, ${system}; ${versions.join(', ')}. Load of the machine before
  the benchmark began: ${load.toFixed(1)}; above 1 something else ran at the same time, and wall time tells little.
${left.length === 0 ? '' : `${left.join('\n')}\n`}
${measures
  .flatMap((measure) => tablesOf(measure, results, base))
  .map(asMarkdown)
  .join('\n')}`;
}
