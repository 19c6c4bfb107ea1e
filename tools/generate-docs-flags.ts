// docs/flags.md: every setting of the proxy and every command, from the tables that the program itself uses.

import type { Command } from '../packages/proxy/src/cli/command.ts';
import { COMMANDS } from '../packages/proxy/src/cli/commands.ts';
import {
  type FlagRow,
  isFlag,
  isInEnvironment,
  isInFile,
  isQueryParameter,
} from '../packages/proxy/src/cli/flag-row.ts';
import { environmentName, FLAG_ROWS } from '../packages/proxy/src/cli/flags.ts';
import { ownFlags } from '../packages/proxy/src/cli/own-flags.ts';
import { PROGRAM } from '../packages/proxy/src/cli/program-name.ts';
import { table } from './markdown.ts';

export function flagsPage(): string {
  const groups = new Set(FLAG_ROWS.map(({ group }) => group));
  return `# Flags

Every setting of \`${PROGRAM}\`, made from the flag table by \`npm run docs\`.

A setting can be a flag (\`--port 6000\`, \`--port=6000\`, \`-p6000\`), the environment variable beside it, a key of the config
file with the name of the flag, and where the column "query" says so a query parameter of one instance
(\`'INSTANCE_URI?port=7000'\`), whose choice replaces the program's. A flag goes before the environment, the environment before
the file, the file before the default. \`${PROGRAM} config\` prints what counts and where it comes from.

Durations are written as Go does: \`30s\`, \`1m30s\`, \`500ms\`, \`0\`. A boolean needs no value (\`--quiet\`); with one it is
\`--quiet=false\`. Lists are separated by commas, and repeated flags add to them.

${Array.from(groups, groupSection).join('\n')}
## Commands

\`${PROGRAM} COMMAND --help\` prints the same.

${COMMANDS.map(commandSection).join('\n')}`;
}

function groupSection(group: string): string {
  const rows = FLAG_ROWS.filter((row) => row.group === group);
  const head = ['flag', 'short', 'value', 'default', 'environment variable', 'config file', 'query', 'meaning'];
  return `## ${group}\n\n${table(head, rows.map(flagCells))}\n`;
}

function flagCells(row: FlagRow): readonly string[] {
  return [
    code(isFlag(row) ? `--${row.name}` : row.name),
    row.short === undefined ? '' : code(`-${row.short}`),
    valueOf(row),
    row.default === undefined ? '' : code(row.default),
    isInEnvironment(row) ? code(environmentName(row.name)) : '',
    isInFile(row) ? 'yes' : 'no',
    isQueryParameter(row) ? (isFlag(row) ? 'yes' : 'only') : 'no',
    meaningOf(row),
  ];
}

/** The kind, with its words or what stands for it in --help. */
function valueOf({ kind, choices, placeholder }: FlagRow): string {
  if (choices !== undefined) return choices.map(code).join(', ');
  return placeholder === undefined ? kind : `${kind}, ${code(placeholder)}`;
}

/** A conflict is stated on one of the two; a reader looks at either. */
function meaningOf({ name, help, conflictsWith = [], needs = [], unavailable }: FlagRow): string {
  const conflicts = FLAG_ROWS.filter((row) => conflictsWith.includes(row.name) || row.conflictsWith?.includes(name));
  const sentences = [help];
  if (conflicts.length > 0) sentences.push(`Not together with ${conflicts.map((row) => code(row.name)).join(', ')}.`);
  if (needs.length > 0) sentences.push(`Needs ${needs.map((need) => code(`--${need}`)).join(' or ')}.`);
  if (unavailable !== undefined) sentences.push(`**Not yet available**: ${unavailable}.`);
  return sentences.join(' ');
}

function commandSection(command: Command): string {
  const { name, summary, usage } = command;
  const { own, andThoseOfProxy } = ownFlags(command);
  const rows = own.filter((row) => row.name !== 'help');
  const head = ['flag', 'short', 'value', 'default', 'environment variable', 'meaning'];
  const parts = [`### ${name}`, code([PROGRAM, name, usage].join(' ').trimEnd()), summary];
  if (rows.length > 0) parts.push(table(head, rows.map(commandCells)));
  if (andThoseOfProxy) parts.push('Further flags are those of the proxy.');
  return `${parts.join('\n\n')}\n`;
}

function commandCells(row: FlagRow): readonly string[] {
  const [flag = '', short = '', value = '', byDefault = '', variable = ''] = flagCells(row);
  return [flag, short, value, byDefault, variable, row.help];
}

function code(text: string): string {
  return `\`${text}\``;
}
