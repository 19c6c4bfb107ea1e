// docs/alloydb-auth-proxy.1: the manual page, in the roff macros of man(7), from the tables that the program itself uses.

import type { Command } from '../packages/proxy/src/cli/command.ts';
import { COMMANDS } from '../packages/proxy/src/cli/commands.ts';
import { type FlagRow, isFlag, isInEnvironment, isQueryParameter } from '../packages/proxy/src/cli/flag-row.ts';
import { environmentName, FLAG_ROWS } from '../packages/proxy/src/cli/flags.ts';
import { ownFlags } from '../packages/proxy/src/cli/own-flags.ts';
import { PROGRAM } from '../packages/proxy/src/cli/program-name.ts';
import { VERSION } from '../packages/proxy/src/cli/version.ts';

const instance = 'projects/my-project/locations/us-central1/clusters/my-cluster/instances/my-primary';

const examples: readonly (readonly [title: string, command: string])[] = [
  ['One instance on 127.0.0.1:5432:', `${PROGRAM} ${instance}`],
  ['Port 6000, the public IP, logins with IAM:', `${PROGRAM} -p 6000 --public-ip -i ${instance}`],
  ['An instance with a port of its own:', `${PROGRAM} '${instance}?port=7000'`],
];

/** Exit codes as main.ts gives them. */
const exitCodes: readonly (readonly [code: string, meaning: string])[] = [
  [
    '0',
    'The proxy was ended through /quitquitquit, or by SIGTERM with --exit-zero-sigterm. A command did what it was asked to.',
  ],
  ['1', 'Anything wrong: two lines on standard error say what, and what to do.'],
  ['130', 'The proxy was ended by SIGINT.'],
  ['143', 'The proxy was ended by SIGTERM.'],
];

export function manPage(): string {
  const groups = new Set(FLAG_ROWS.map(({ group }) => group));
  return [
    `.\\" Made from the flag table by "npm run docs".`,
    `.TH ${PROGRAM.toUpperCase()} 1 "" "${PROGRAM} ${VERSION}" "User Commands"`,
    // Names of variables and flags are searched for: no hyphens in them, and no gaps between words.
    '.nh',
    '.ad l',
    '.SH NAME',
    `${text(PROGRAM)} \\- authorise and encrypt connections to AlloyDB for PostgreSQL`,
    '.SH SYNOPSIS',
    ...[`[${italic('flags')}] ${italic('INSTANCE_URI')}...`, ...COMMANDS.map(synopsis)].flatMap((line, at) => [
      ...(at === 0 ? [] : ['.br']),
      `${bold(PROGRAM)} ${line}`,
    ]),
    '.SH DESCRIPTION',
    text(
      'Listens where a database would and forwards each connection to an AlloyDB instance: authorised by IAM, with a client certificate, over TLS 1.3.',
    ),
    '.PP',
    `${italic('INSTANCE_URI')} is ${text('projects/PROJECT/locations/REGION/clusters/CLUSTER/instances/INSTANCE')},`,
    'optionally with query parameters of that instance.',
    `Without one, ${bold(environmentName('instance-uri'))} is read, or else`,
    `${bold(`${environmentName('instance-uri')}_0`)}, ${bold(`${environmentName('instance-uri')}_1`)}, and so on.`,
    '.PP',
    text('A flag goes before its environment variable, then comes the config file, then the default.'),
    text(
      "Durations are written like 30s, 1m30s, 500ms or 0. (*) is also a query parameter of one instance, whose choice replaces the program's.",
    ),
    '.SH OPTIONS',
    ...Array.from(groups, (group) => [
      `.SS ${group}`,
      ...FLAG_ROWS.filter((row) => row.group === group && isFlag(row)).flatMap(option),
    ]).flat(),
    '.SH QUERY PARAMETERS',
    'Besides those marked above, in the form',
    `${bold(text("'INSTANCE_URI?NAME=VALUE'"))}:`,
    ...FLAG_ROWS.filter((row) => !isFlag(row)).flatMap(option),
    '.SH COMMANDS',
    ...COMMANDS.flatMap(commandEntry),
    '.SH EXIT STATUS',
    ...exitCodes.flatMap(([code, meaning]) => ['.TP', bold(code), text(meaning)]),
    '.SH EXAMPLES',
    ...examples.flatMap(([title, command], at) => [...(at === 0 ? [] : ['.PP']), ...example(title, command)]),
    '',
  ].join('\n');
}

function synopsis({ name, usage }: Command): string {
  return `${bold(name)} ${text(usage)}`.trimEnd();
}

function option(row: FlagRow): readonly string[] {
  const { name, short, help, placeholder, needs = [], unavailable } = row;
  const value = placeholder === undefined ? '' : ` ${italic(placeholder)}`;
  const spelling = isFlag(row)
    ? `${short === undefined ? '' : `${bold(`-${short}`)}, `}${bold(`--${name}`)}${value}${isQueryParameter(row) ? ' (*)' : ''}`
    : `${bold(name)}=${italic(placeholder ?? 'VALUE')}`;
  const sentences = [
    help,
    ...(needs.length === 0 ? [] : [`Needs ${needs.map((need) => `--${need}`).join(' or ')}.`]),
    ...(unavailable === undefined ? [] : [`Not yet available: ${unavailable}.`]),
  ];
  const notes = [
    ...(row.default === undefined ? [] : [`Default: ${row.default}`]),
    ...(isInEnvironment(row) ? [`Environment: ${environmentName(name)}`] : []),
  ];
  return ['.TP', spelling, ...sentences.map(text), ...notes.flatMap((note) => ['.br', text(note)])];
}

function commandEntry(command: Command): readonly string[] {
  const { name, usage, summary } = command;
  const { own, andThoseOfProxy } = ownFlags(command);
  const rows = own.filter((row) => row.name !== 'help');
  return [
    '.TP',
    `${bold(name)} ${text(usage)}`.trimEnd(),
    text(summary),
    ...(andThoseOfProxy ? ['Takes the options of the proxy.'] : []),
    ...(rows.length === 0 ? [] : ['.RS', ...rows.flatMap(option), '.RE']),
  ];
}

function example(title: string, command: string): readonly string[] {
  return [text(title), '.PP', '.RS 4', '.nf', text(command), '.fi', '.RE'];
}

function bold(content: string): string {
  return `\\fB${text(content)}\\fR`;
}

function italic(content: string): string {
  return `\\fI${text(content)}\\fR`;
}

/** A hyphen would be set as a dash, a line that begins with a dot or an apostrophe would be a request. */
function text(content: string): string {
  return content.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll("'", '\\(aq').replace(/^\./, '\\&.');
}
