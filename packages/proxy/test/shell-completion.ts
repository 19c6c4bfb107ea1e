// What a real shell suggests at the end of a line once it has read a completion script.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Shell } from '../src/cli/completion/shells.ts';

/** How a shell is started to print what it suggests: given the script's path and the line up to the cursor. */
interface Interview {
  readonly program: string;
  readonly argv: (scriptPath: string, line: string) => readonly string[];
  /** The words among what it prints. */
  readonly read: (output: string) => readonly string[];
}

// Readline hands the words over as it has parted them: "=" is one of its own.
const bashProgram = `
source "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_alloydb_auth_proxy
printf '%s\\n' "\${COMPREPLY[@]}"`;

// Completion in zsh needs its line editor, and that a terminal: a second zsh gets one, and the keys that a user would press.
const zshProgram = `
zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner "PROMPT= RPROMPT=; stty cols 250 rows 900; autoload -Uz compinit; compinit -C -d ~/dump; source \${(q)1}"
zpty -w inner 'finish() { print -r -- "<""end>"; exit }; zle -N finish; bindkey "^I" list-choices; bindkey "^]" finish'
zpty -w inner 'print -r -- "<""ready>"'
zpty -r inner output '*<ready>*'
zpty -w -n inner "$2"$'\\t\\x1d'
zpty -r inner output '*<end>*'
print -r -- "$output"`;

const powershellProgram = `
$script, $line = $args
Invoke-Expression (Get-Content -Raw $script)
(TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches | ForEach-Object { $_.CompletionText }`;

const interviews: { readonly [Name in Shell]: Interview } = {
  bash: {
    program: 'bash',
    argv: (path, line) => [
      '-c',
      bashProgram,
      'bash',
      path,
      ...line.split(' ').flatMap((word) => word.split(/(?<==)|(?==)/)),
    ],
    read: lines,
  },
  zsh: {
    program: 'zsh',
    argv: (path, line) => ['-f', '-c', zshProgram, 'zsh', path, line],
    // The list stands behind the last "erase to the end of the screen", and before the line is drawn again.
    read: (output) =>
      (output.split('\u001B[J').at(-1)?.split('\u001B[A')[0] ?? '')
        .split(/\r?\n/)
        .map(withoutEscapes)
        .flatMap((line) => (line.includes(' -- ') ? [line.split(' ', 1)[0] ?? ''] : line.split(/ +/)))
        .map((word) => word.replace(/[*/]$/, ''))
        .filter((word) => word !== ''),
  },
  fish: {
    program: 'fish',
    argv: (path, line) => ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', path, line],
    read: (output) => lines(output).map((line) => (line.split('\t', 1)[0] ?? '').replace(/\/$/, '')),
  },
  powershell: {
    program: 'pwsh',
    argv: (path, line) => ['-NoProfile', '-Command', `& { ${powershellProgram} } '${path}' '${line}'`],
    read: lines,
  },
};

/** For the `skip` of a test: false when the shell is there, else the reason that is printed. */
export function skipUnlessInstalled(shell: Shell): string | false {
  const { program } = interviews[shell];
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined
    ? false
    : `${program} is not installed`;
}

/** A shell that has a script to read. */
export async function openShell(shell: Shell, script: string) {
  const folder = await mkdtemp(join(tmpdir(), 'completion-'));
  const path = join(folder, shell === 'powershell' ? 'script.ps1' : 'script');
  await writeFile(path, script);
  const { program, argv, read } = interviews[shell];
  return {
    /** What it suggests for a line with the cursor at its end. */
    async suggest(line: string): Promise<readonly string[]> {
      const env = { ...process.env, HOME: folder, ZDOTDIR: folder, TERM: 'xterm', LC_ALL: 'C.UTF-8' };
      const child = spawn(program, argv(path, line), { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
      const [output, complaints] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
      if (complaints !== '') throw new Error(`${program} complains: ${complaints}`);
      return read(output);
    },
    folder,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function lines(output: string): readonly string[] {
  return output.split('\n').filter((line) => line !== '');
}

function withoutEscapes(line: string): string {
  // oxlint-disable-next-line no-control-regex -- that is what they are
  return line.replaceAll(/\u001B\[[\d;]*[A-Za-z]/g, '').trim();
}
