// The completion script for PowerShell, 5.1 (that of Windows) and newer.

import { PROGRAM } from '../program-name.ts';
import { type Completable, type CompletableFlag, type Completion, spellingsWithValue } from './completable.ts';

export function powershellCompletion(from: Completable): string {
  const { flags, commands } = from;
  return `\
# Completion of ${PROGRAM} for PowerShell.

Register-ArgumentCompleter -Native -CommandName '${PROGRAM}', '${PROGRAM}.exe' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commands = [ordered]@{
${commands.map(({ name, description }) => `        ${quote(name)} = ${quote(description)}`).join('\n')}
    }
    $words = @{
${commands.flatMap(({ name, words }) => (words.length === 0 ? [] : [`        ${quote(name)} = ${list(words)}`])).join('\n')}
    }
    $flags = @{
        '' = @(
${flags.map(entry).join('\n')}
        )
${commands.map(({ name, flags: own }) => `        ${quote(name)} = @(\n${own.map(entry).join('\n')}\n        )`).join('\n')}
    }
    $withValue = ${list(spellingsWithValue(from))}

    $command = ''
    $arguments = 0
    $expects = ''
    $before = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
    foreach ($word in $before) {
        if ($expects) { $expects = '' }
        elseif ($withValue -ccontains $word) { $expects = $word }
        elseif ($word -like '-*') { }
        elseif (-not $command -and $arguments -eq 0 -and $commands.Contains($word)) { $command = $word }
        else { $arguments++ }
    }

    function Complete-Word($text, $description) {
        if (-not $description) { $description = $text }
        [System.Management.Automation.CompletionResult]::new($text, $text, 'ParameterValue', $description)
    }
    function Complete-Value($name, $start, $prefix) {
        $flag = $flags[$command] | Where-Object { $_.Names -ccontains $name } | Select-Object -First 1
        if (-not $flag) { return }
        if ($flag.Takes -eq 'words') {
            $flag.Words | Where-Object { $_ -like "$start*" } | ForEach-Object { Complete-Word "$prefix$_" }
        }
        elseif ($flag.Takes -in 'file', 'folder') {
            [System.Management.Automation.CompletionCompleters]::CompleteFilename($start) |
                Where-Object { $flag.Takes -eq 'file' -or $_.ResultType -eq 'ProviderContainer' } |
                ForEach-Object { Complete-Word "$prefix$($_.CompletionText)" $_.ToolTip }
        }
    }

    if ($expects) { Complete-Value $expects $wordToComplete '' }
    elseif ($wordToComplete -match '^(-[^=]+)=(.*)$') { Complete-Value $Matches[1] $Matches[2] "$($Matches[1])=" }
    elseif ($wordToComplete -like '-*') {
        foreach ($flag in $flags[$command]) {
            $flag.Names | Where-Object { $_ -clike "$wordToComplete*" } | ForEach-Object { Complete-Word $_ $flag.Help }
        }
    }
    elseif ($arguments -eq 0 -and -not $command) {
        $commands.Keys | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object { Complete-Word $_ $commands[$_] }
    }
    elseif ($arguments -eq 0 -and $words.ContainsKey($command)) {
        $words[$command] | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object { Complete-Word $_ }
    }
}
`;
}

function entry({ spellings, description, value }: CompletableFlag): string {
  const [takes, words] = valueOf(value);
  const wordList = words.length === 0 ? '' : `; Words = ${list(words)}`;
  return `            @{ Names = ${list(spellings)}; Takes = '${takes}'${wordList}; Help = ${quote(description)} }`;
}

function valueOf(value: Completion): readonly [takes: string, words: readonly string[]] {
  if (value.is === 'switch') return ['words', ['true', 'false']];
  return [value.is, value.is === 'words' ? value.words : []];
}

function list(texts: readonly string[]): string {
  return `@(${texts.map(quote).join(', ')})`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
