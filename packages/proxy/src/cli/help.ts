// The text of --help, laid out from the flag table within 100 columns.

import { COMMANDS } from './commands.ts';
import { isFlag, isInEnvironment, isQueryParameter, type FlagRow } from './flag-row.ts';
import { environmentName, FLAG_ROWS } from './flags.ts';
import { PROGRAM } from './program-name.ts';

const WIDTH = 100;
/** Where the descriptions begin. */
const INDENT = 34;

const INSTANCE = 'projects/my-project/locations/us-central1/clusters/my-cluster/instances/my-primary';

const INTRODUCTION = `\
${PROGRAM} authorises and encrypts connections to AlloyDB for PostgreSQL instances.

Usage:
  ${PROGRAM} [flags] INSTANCE_URI...
  ${PROGRAM} [flags] 'INSTANCE_URI?port=PORT&auto-iam-authn=true' ...

  INSTANCE_URI is projects/PROJECT/locations/REGION/clusters/CLUSTER/instances/INSTANCE.
  Without one, ${environmentName('instance-uri')} is read, or else ${environmentName('instance-uri')}_0, _1, ...

Examples:
  Listen on 127.0.0.1:5432:
    ${PROGRAM} \\
      ${INSTANCE}
  Listen on port 6000, dial the public IP, log in with IAM:
    ${PROGRAM} -p 6000 --public-ip --auto-iam-authn \\
      ${INSTANCE}
  Two instances, the second with a port of its own:
    ${PROGRAM} \\
      ${INSTANCE} \\
      '${INSTANCE.replace('primary', 'replica')}?port=7000'
`;

const FOOTNOTE = `\
(*) is also a query parameter of one instance, whose choice replaces the program's.
A flag goes before its environment variable, then comes the config file, then the default.
`;

export function helpText(): string {
  return [INTRODUCTION, commandSection(), ...flagSections(), querySection(), FOOTNOTE].join('\n');
}

function commandSection(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  const lines = COMMANDS.flatMap(({ name, summary }) => {
    const [first = '', ...others] = wrap(summary, width + 4);
    return [`  ${name.padEnd(width)}  ${first}`, ...others.map((line) => ' '.repeat(width + 4) + line)];
  });
  return `${['Commands:', ...lines, `See ${PROGRAM} COMMAND --help.`].join('\n')}\n`;
}

function flagSections(): string[] {
  const flags = FLAG_ROWS.filter(isFlag);
  const groups = new Set(flags.map((row) => row.group));
  return Array.from(groups, (group) => {
    return flagSection(
      `${group}:`,
      flags.filter((row) => row.group === group),
    );
  });
}

function querySection(): string {
  return flagSection(
    'Only as a query parameter:',
    FLAG_ROWS.filter((row) => !isFlag(row)),
  );
}

/** A heading and one entry for each flag. */
export function flagSection(title: string, rows: readonly FlagRow[]): string {
  return `${[title, ...rows.flatMap(describe)].join('\n')}\n`;
}

function describe(row: FlagRow): string[] {
  const start = `  ${spelling(row)}`;
  const lines = [...wrap(row.help, INDENT), ...notes(row)];
  const indented = lines.map((line) => ' '.repeat(INDENT) + line);
  if (start.length >= INDENT) return [start, ...indented];
  return [start + (indented[0] ?? '').slice(start.length), ...indented.slice(1)];
}

function spelling(row: FlagRow): string {
  const value = row.placeholder === undefined ? '' : ` ${row.placeholder}`;
  if (!isFlag(row)) return `${row.name}=${row.placeholder ?? 'VALUE'}`;
  const short = row.short === undefined ? '    ' : `-${row.short}, `;
  return `${short}--${row.name}${value}${isQueryParameter(row) ? ' (*)' : ''}`;
}

/** The default and the environment variable, on one line where both fit. */
function notes(row: FlagRow): string[] {
  const found: string[] = [];
  if (row.default !== undefined) found.push(`[default: ${row.default}]`);
  if (isInEnvironment(row)) found.push(`[env: ${environmentName(row.name)}]`);
  const joined = found.join(' ');
  return joined !== '' && INDENT + joined.length <= WIDTH ? [joined] : found;
}

/** @param indent how much of each line is taken already. */
function wrap(text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (indent + longer.length > WIDTH && line !== '') {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}
