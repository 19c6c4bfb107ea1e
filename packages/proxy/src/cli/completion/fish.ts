// The completion script for fish, 3.0 and newer.

import { PROGRAM } from '../program-name.ts';
import { type Completable, type CompletableFlag, type Completion, spellingsWithValue } from './completable.ts';

export function fishCompletion(from: Completable): string {
  const { commands } = from;
  return `\
# Completion of ${PROGRAM} for fish.

# The command; else "instance" behind an argument, and "nothing" before one.
function __alloydb_auth_proxy_command
    set -l words (commandline -opc)
    set -l expects no
    for word in $words[2..-1]
        if test $expects = yes
            set expects no
            continue
        end
        switch $word
            case ${spellingsWithValue(from).join(' ')}
                set expects yes
            case '-*'
            case ${commands.map(({ name }) => name).join(' ')}
                echo $word
                return
            case '*'
                echo instance
                return
        end
    end
    echo nothing
end

function __alloydb_auth_proxy_in
    contains -- (__alloydb_auth_proxy_command) $argv
end

complete -c ${PROGRAM} -f
${commands.map(({ name, description }) => `${within(['nothing'])} -a ${name} -d ${quote(description)}`).join('\n')}
${commands.flatMap(({ name, words }) => (words.length === 0 ? [] : [`${within([name])} -a ${quote(words.join(' '))}`])).join('\n')}
${flagLines(from).join('\n')}
`;
}

/** A flag that is the same for several commands has one line. */
function flagLines({ flags, commands }: Completable): readonly string[] {
  const places = new Map<string, string[]>();
  const add = (place: readonly string[], flag: CompletableFlag): void => {
    const line = describe(flag);
    places.set(line, [...(places.get(line) ?? []), ...place]);
  };
  for (const flag of flags) add(['nothing', 'instance'], flag);
  for (const { name, flags: own } of commands) for (const flag of own) add([name], flag);
  return Array.from(places, ([line, place]) => `${within(place)} ${line}`);
}

function within(places: readonly string[]): string {
  return `complete -c ${PROGRAM} -n '__alloydb_auth_proxy_in ${places.join(' ')}'`;
}

function describe({ spellings, description, value }: CompletableFlag): string {
  const names = spellings.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  return [...names, ...valueOptions(value), `-d ${quote(description)}`].join(' ');
}

function valueOptions(value: Completion): readonly string[] {
  switch (value.is) {
    case 'switch':
      return [];
    case 'words':
      return ['-x', `-a ${quote(value.words.join(' '))}`];
    case 'file':
      return ['-r', '-F'];
    case 'folder':
      return ['-x', "-a '(__fish_complete_directories)'"];
    case 'text':
      return ['-x'];
  }
}

function quote(text: string): string {
  return `'${text.replaceAll(/[\\']/g, (character) => `\\${character}`)}'`;
}
