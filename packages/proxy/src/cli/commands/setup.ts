// `setup`: makes the service account that a proxy runs as, takes it away again, or exchanges its key.

import { type WarningEvent, warningChannel } from 'alloydb-connector';
import { GoogleApis } from 'alloydb-connector/google-apis';
import { callerOptions } from '../../config/caller-options.ts';
import { jsonOutput, type SetupOutput, textOutput } from '../../setup/output.ts';
import { type Pause, systemPause } from '../../setup/persistence.ts';
import { runAccountTask } from '../../setup/run-account-task.ts';
import { runRotation } from '../../setup/run-rotation.ts';
import { readSetupWords } from '../../setup/setup-words.ts';
import { abortAtSignals } from '../../update/interruption.ts';
import { type Ask, askOnTerminal } from '../ask.ts';
import type { CommandContext } from '../command.ts';

/** What the process says, and a test says otherwise. */
export interface SetupSetting {
  readonly pause: Pause;
  /** Undefined when there is nobody to ask. */
  readonly ask: Ask | undefined;
  readonly identityLimitMs: number;
}

export async function runSetup(context: CommandContext): Promise<number> {
  const ask = askOnTerminal(context.sinks.out);
  return setupWith({ pause: systemPause, ask, identityLimitMs: 1_000 }, context);
}

/** Resolves with the exit code. */
export async function setupWith(setting: SetupSetting, { argv, env, sinks }: CommandContext): Promise<number> {
  const words = readSetupWords(argv);
  const output = words.format === 'json' ? jsonOutput(sinks) : textOutput(sinks);
  const options = callerOptions(words.caller, env);
  const stopWarnings = passWarnings(output);
  try {
    using apis = new GoogleApis(options);
    using interruption = abortAtSignals();
    const { signal } = interruption;
    const seams = { ...setting, apis, env, output, signal };
    const { task } = words;
    await (task.is === 'rotate' ? runRotation(task, words, seams) : runAccountTask(task, words, seams));
    return 0;
  } finally {
    stopWarnings();
  }
}

function passWarnings(output: SetupOutput): () => void {
  const told = new Set<string>();
  const onWarning = (event: unknown): void => {
    const { message, hint } = event as WarningEvent;
    // A rotation uses two identities, and each tells of the same.
    if (told.has(message)) return;
    told.add(message);
    output.warn(hint === undefined ? message : `${message}; ${hint}`);
  };
  warningChannel.subscribe(onWarning);
  return () => warningChannel.unsubscribe(onWarning);
}
