// The order of a measurement: every case with all candidates in turn, A B C A B C, so that a busy moment meets all of them.

import type { Backend } from '../backends/backend.ts';
import { type Running, start } from '../candidates/running.ts';
import { within } from '../load/limit.ts';
import type { Bench, Figures } from './measure.ts';

export interface Turn<Case> {
  readonly measure: string;
  readonly backend: Backend;
  readonly rounds: number;
  readonly cases: readonly Case[];
  readonly nameOf: (one: Case) => string;
  /** Before the first round of a case: code is compiled, buffers grow. */
  readonly warmUp?: (running: Running, one: Case) => Promise<unknown>;
  readonly load: (running: Running, one: Case) => Promise<Figures>;
}

/** All candidates run all the time; those that are not under load cost nothing. */
export async function inTurn<Case>(bench: Bench, turn: Turn<Case>): Promise<void> {
  await using undo = new AsyncDisposableStack();
  const all = new Map<string, Running>();
  for (const candidate of bench.candidates) {
    try {
      all.set(candidate.name, undo.use(await start(candidate, turn.backend)));
    } catch (error) {
      bench.fail(candidate.name, error);
    }
  }
  for (const one of turn.cases) {
    const each = async (work: (running: Running) => Promise<unknown>): Promise<void> => {
      for (const [name, running] of all) {
        try {
          await within(work(running), `${turn.measure}, ${turn.nameOf(one)}`);
        } catch (error) {
          all.delete(name);
          bench.fail(name, error);
        }
      }
    };
    const { warmUp } = turn;
    if (warmUp !== undefined) await each((running) => warmUp(running, one));
    for (let round = 1; round <= turn.rounds; round += 1) {
      await each(async (running) => {
        const figures = await turn.load(running, one);
        bench.record({ measure: turn.measure, of: turn.nameOf(one), candidate: running.name, round, figures });
      });
    }
  }
}
