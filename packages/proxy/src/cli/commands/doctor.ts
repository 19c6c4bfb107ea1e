// `doctor`: checks everything between this machine and the database, and says what to do about what is wrong.

import { readFileLayer } from '../../config/file-layer.ts';
import { type Configuration, readConfiguration } from '../../config/configuration.ts';
import { refuseUnavailable } from '../../config/unheeded.ts';
import { refuseExisting, writeBundle } from '../../doctor/bundle.ts';
import { checksFor } from '../../doctor/checks.ts';
import { type GivenLayer, redacted, redactor } from '../../doctor/redact.ts';
import { type Report, reportJson, ResultTable } from '../../doctor/report.ts';
import { runChecks } from '../../doctor/run-checks.ts';
import { examine } from '../../doctor/subject.ts';
import type { CommandContext } from '../command.ts';
import { DOCTOR_FLAGS } from '../command-flags/doctor.ts';
import { printText } from '../messages.ts';
import { parseArgs } from '../parse-args.ts';
import { VERSION } from '../version.ts';

/** For all checks together; each has its own as well. */
const limitMs = 30_000;

export async function runDoctor({ argv, env, sinks }: CommandContext): Promise<number> {
  const args = parseArgs(DOCTOR_FLAGS, argv);
  if (args.mistakes[0] !== undefined) throw args.mistakes[0];
  const { user, database, format, bundle } = args.given;
  if (bundle !== undefined) refuseExisting(bundle.value);
  const startedAt = performance.now();
  using undo = new DisposableStack();
  const layers: GivenLayer[] = [args.given];
  const read = async (): Promise<Configuration> => {
    const file = await readFileLayer(args, env);
    if (file !== undefined) layers.push(file.settings);
    const configuration = readConfiguration({ args, env, file, mayLackInstances: true });
    refuseUnavailable(configuration.merged);
    return configuration;
  };
  const password = env['PGPASSWORD'] === '' ? undefined : env['PGPASSWORD'];
  const login = { user: user?.value, database: database?.value ?? 'postgres', password };
  const examined = await examine({ readConfiguration: read, env, login, undo });
  const redact = redactor(layers, env);
  const checks = checksFor(examined, env);
  const table = format?.value === 'json' ? undefined : new ResultTable(checks, sinks.out);
  const results = await runChecks(checks, { limitMs, onResult: (result) => table?.add(redacted(result, redact)) });
  const report: Report = {
    version: VERSION,
    ok: results.every(({ status }) => status !== 'fail'),
    durationMs: performance.now() - startedAt,
    checks: results.map((result) => redacted(result, redact)),
  };
  if (table === undefined) printText(reportJson(report), sinks.out);
  else table.end(report);
  if (bundle !== undefined) writeBundle(bundle.value, { report, examined, env, redact, now: new Date() });
  return report.ok ? 0 : 1;
}
