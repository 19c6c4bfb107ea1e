// Environment variables that begin as ours do and name no setting: a mistake, unless somebody else had a reason to set them.

import { isInEnvironment } from '../cli/flag-row.ts';
import { environmentName, FLAG_ROWS } from '../cli/flags.ts';
import { closest } from '../cli/suggest.ts';
import { UsageError } from '../cli/usage-error.ts';

export interface Strangers {
  readonly mistakes: readonly UsageError[];
  /** What was left alone and why, each in a sentence. */
  readonly notices: readonly string[];
}

const prefix = environmentName('');
const instanceUri = environmentName('instance-uri');
/** Read elsewhere: the kind of image that the proxy runs in, for the User-Agent. */
const metadata = environmentName('metadata');
const settings: ReadonlySet<string> = new Set(
  FLAG_ROWS.filter(isInEnvironment).map(({ name }) => environmentName(name)),
);
const numberedInstance = new RegExp(`^${instanceUri}_\\d+$`);

// Kubernetes describes each Service to every pod in variables named after the Service: one named alloydb-proxy, or
// alloydb-proxy-SOMETHING, looks like settings of ours (Kubernetes documentation, "Discovering services").
const serviceVariable =
  /_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z\d_]+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;

/** The value of NAME_PORT, which is named like a setting of ours. */
export function isServiceAddress(text: string): boolean {
  return /^(?:tcp|udp|sctp):\/\//.test(text);
}

/** An empty variable is an absent one. */
export function findStrangers(env: NodeJS.ProcessEnv): Strangers {
  const mistakes: UsageError[] = [];
  const ofServices: string[] = [];
  const notices: string[] = [];
  for (const [variable, text = ''] of Object.entries(env)) {
    if (!variable.startsWith(prefix) || text === '') continue;
    if (serviceVariable.test(variable) || (variable.endsWith('_PORT') && isServiceAddress(text))) {
      ofServices.push(variable);
    } else if (variable === environmentName('version')) {
      // Scripts that install the proxy like to call it that.
      notices.push(`ignoring ${variable}: it is no setting`);
    } else if (!isOurs(variable)) {
      mistakes.push(unknownVariable(variable));
    }
  }
  if (ofServices.length > 0) {
    notices.unshift(
      `ignoring ${ofServices.toSorted().join(', ')}: Kubernetes sets them for a Service named alloydb-proxy`,
    );
  }
  return { mistakes, notices };
}

function isOurs(variable: string): boolean {
  return settings.has(variable) || variable === metadata || variable === instanceUri || numberedInstance.test(variable);
}

function unknownVariable(variable: string): UsageError {
  return new UsageError(`unknown environment variable ${variable}`, { hint: hintFor(variable) });
}

function hintFor(variable: string): string {
  const row = FLAG_ROWS.find(({ name }) => environmentName(name) === variable);
  if (row?.scope === 'instance') {
    return `it is a query parameter of one instance: 'INSTANCE_URI?${row.name}=${row.placeholder ?? 'VALUE'}'`;
  }
  if (row !== undefined) return `--${row.name} is read from the command line only; unset it`;
  // Without the beginning that all of them share, and that would make any two of them alike.
  const names = [...settings, instanceUri].map((name) => name.slice(prefix.length));
  const near = closest(variable.slice(prefix.length), names);
  return near === undefined ? 'unset it, or see --help for the variables there are' : `did you mean ${prefix}${near}?`;
}
