// The completion script for zsh: to be sourced, or to be found in $fpath under the name _alloydb-auth-proxy.

import { PROGRAM } from '../program-name.ts';
import {
  type Completable,
  type CompletableCommand,
  type CompletableFlag,
  type Completion,
  spellingsWithValue,
} from './completable.ts';

export function zshCompletion(from: Completable): string {
  const { flags, commands } = from;
  return `\
#compdef ${PROGRAM}
# Completion of ${PROGRAM} for zsh.

_alloydb_auth_proxy() {
  local command='' expects='' word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if [[ -n $expects ]]; then
      expects=''
      continue
    fi
    case $word in
      (${spellingsWithValue(from).join('|')}) expects=$word ;;
      (-*) ;;
      (${commands.map(({ name }) => name).join('|')}) command=$word; break ;;
      (*) break ;;
    esac
  done
  case $command in
${commands.map(commandCase).join('\n')}
    (*) _arguments -s -S ${specs(flags)} \\
      '1: :_alloydb_auth_proxy_commands' '*:instance URI: ' ;;
  esac
}

_alloydb_auth_proxy_commands() {
  local -a commands=(
${commands.map(({ name, description }) => `    ${quote(`${name}:${description}`)}`).join('\n')}
  )
  _describe -t commands command commands
}

if [[ \${funcstack[1]} == _${PROGRAM} ]]; then
  _alloydb_auth_proxy "$@"
else
  compdef _alloydb_auth_proxy ${PROGRAM}
fi
`;
}

/** The name of the command is the first word, wherever flags stand. */
function commandCase({ name, words, flags }: CompletableCommand): string {
  const behind = words.length === 0 ? quote('*: : ') : quote(`2: :(${words.join(' ')})`);
  return `    (${name}) _arguments -s -S ${specs(flags)} \\\n      '1: : ' ${behind} ;;`;
}

function specs(flags: readonly CompletableFlag[]): string {
  return flags.map((flag) => `\\\n      ${spec(flag)}`).join(' ');
}

/** `'(--port -p)'{--port=,-p+}'[Port]:PORT: '`: either excludes the other, and takes its value joined or as the next word. */
function spec({ spellings, description, placeholder, value, repeats }: CompletableFlag): string {
  const excluded = repeats ? '*' : `(${spellings.join(' ')})`;
  const written = spellings.map((spelling) => {
    if (value.is === 'switch') return spelling;
    return spelling.startsWith('--') ? `${spelling}=` : `${spelling}+`;
  });
  const alternatives = written.length === 1 ? (written[0] ?? '') : `{${written.join(',')}}`;
  const explained = `[${description.replaceAll(/[[\]\\]/g, (character) => `\\${character}`)}]`;
  const argument = value.is === 'switch' ? '' : `:${placeholder.replaceAll(':', '\\:')}:${actionFor(value)}`;
  return `${quote(excluded)}${alternatives}${quote(explained + argument)}`;
}

function actionFor(value: Exclude<Completion, { readonly is: 'switch' }>): string {
  switch (value.is) {
    case 'words':
      return `(${value.words.join(' ')})`;
    case 'file':
      return '_files';
    case 'folder':
      return '_files -/';
    case 'text':
      return ' ';
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
