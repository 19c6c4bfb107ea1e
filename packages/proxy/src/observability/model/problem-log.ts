// The last errors of one instance, each once with how often it came.

import type { Problem } from './problem.ts';

export interface RepeatedProblem extends Problem {
  /** How often it came since the first time that is remembered; `at` is the last time. */
  readonly count: number;
}

const mostProblems = 10;

export class ProblemLog {
  #newestFirst: readonly RepeatedProblem[] = [];

  /** No more than ten. */
  get newestFirst(): readonly RepeatedProblem[] {
    return this.#newestFirst;
  }

  /** An error that came before moves to the front: a storm of one drives out none of the others. */
  add(problem: Problem): void {
    const isSame = (each: Problem): boolean => each.message === problem.message && each.code === problem.code;
    const count = 1 + (this.#newestFirst.find(isSame)?.count ?? 0);
    const others = this.#newestFirst.filter((each) => !isSame(each));
    this.#newestFirst = [{ ...problem, count }, ...others].slice(0, mostProblems);
  }
}
