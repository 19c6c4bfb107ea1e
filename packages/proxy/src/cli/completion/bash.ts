// The completion script for bash, 3.2 (that of macOS) and newer, without the package bash-completion.

import { PROGRAM } from '../program-name.ts';
import { type Completable, type Completion, spellingsWithValue, valuesBySpelling } from './completable.ts';

export function bashCompletion(from: Completable): string {
  const { flags, commands } = from;
  const names = commands.map(({ name }) => name);
  return `\
# Completion of ${PROGRAM} for bash.

_alloydb_auth_proxy() {
  local cur=\${COMP_WORDS[COMP_CWORD]} command='' expects='' last='' words=0 word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    # Readline parts --flag=value into three words.
    if [[ $word == '=' && -n $last ]]; then
      expects=$last
    elif [[ -n $expects ]]; then
      expects='' last=''
    elif [[ $word == '--' ]]; then
      return
    elif [[ $word == -* ]]; then
      last=$word
      case $word in
        ${spellingsWithValue(from).join(' | ')}) expects=$word ;;
      esac
    else
      last=''
      if [[ -z $command && $words == 0 ]]; then
        case $word in
          ${names.join(' | ')}) command=$word ;;
          *) words=1 ;;
        esac
      else
        words=$((words + 1))
      fi
    fi
  done

  if [[ $cur == '=' && -n $last ]]; then
    _alloydb_auth_proxy_value "$last" '' ''
  elif [[ -n $expects ]]; then
    _alloydb_auth_proxy_value "$expects" "$cur" ''
  elif [[ $cur == -*=* ]]; then
    _alloydb_auth_proxy_value "\${cur%%=*}" "\${cur#*=}" "\${cur%%=*}="
  elif [[ $cur == -* ]]; then
    case $command in
${commands.map(({ name, flags: own }) => `      ${name}) ${offer(spellings(own))} ;;`).join('\n')}
      *) ${offer(spellings(flags))} ;;
    esac
  elif [[ $words == 0 ]]; then
    case $command in
      '') ${offer(names)} ;;
${commands.flatMap(({ name, words }) => (words.length === 0 ? [] : [`      ${name}) ${offer(words)} ;;`])).join('\n')}
    esac
  fi
}

# What may stand as the value of flag $1, beginning with $2; each behind $3.
_alloydb_auth_proxy_value() {
  local cur=$2
  case $1 in
${valueCases(from).join('\n')}
  esac
  local i
  for ((i = 0; i < \${#COMPREPLY[@]}; i++)); do COMPREPLY[i]=$3\${COMPREPLY[i]}; done
}

_alloydb_auth_proxy_paths() {
  local path
  compopt -o filenames 2> /dev/null
  while IFS= read -r path; do COMPREPLY+=("$path"); done < <(compgen "$1" -- "$2")
}

complete -F _alloydb_auth_proxy ${PROGRAM}
`;
}

function spellings(flags: Completable['flags']): readonly string[] {
  return flags.flatMap((flag) => flag.spellings);
}

function offer(words: readonly string[]): string {
  return `COMPREPLY=($(compgen -W '${words.join(' ')}' -- "$cur"))`;
}

function valueCases(from: Completable): readonly string[] {
  const cases = new Map<string, string[]>();
  for (const [spelling, value] of valuesBySpelling(from)) {
    const action = actionFor(value);
    if (action !== undefined) cases.set(action, [...(cases.get(action) ?? []), spelling]);
  }
  return Array.from(cases, ([action, flags]) => `    ${flags.join(' | ')})\n      ${action}\n      ;;`);
}

function actionFor(value: Completion): string | undefined {
  switch (value.is) {
    case 'switch':
      return offer(['true', 'false']);
    case 'words':
      return offer(value.words);
    case 'file':
      return '_alloydb_auth_proxy_paths -f "$cur"';
    case 'folder':
      return '_alloydb_auth_proxy_paths -d "$cur"';
    case 'text':
      return undefined;
  }
}
