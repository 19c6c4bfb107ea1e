// One thing that is measured of every candidate: its cases, its figures, and how they are shown.

import type { Candidate } from '../candidates/candidate.ts';
import type { Size } from './sizes.ts';

export interface Result {
  readonly measure: string;
  /** Such as `down, 8 connections`. */
  readonly of: string;
  readonly candidate: string;
  readonly round: number;
  readonly figures: Figures;
}

/** By the key of their column. A figure that a candidate does not have is absent. */
export type Figures = Readonly<Record<string, number>>;

export interface Column {
  readonly key: string;
  readonly title: string;
  readonly digits: number;
}

/** What a measure is given, and whom it tells. */
export interface Bench {
  readonly candidates: readonly Candidate[];
  readonly size: Size;
  readonly record: (result: Result) => void;
  /** What whoever reads the figures should know. */
  readonly note: (text: string) => void;
  /** A candidate that could not be measured; the others go on. */
  readonly fail: (candidate: string, error: unknown) => void;
}

export interface Measure {
  /** For --only. */
  readonly id: string;
  readonly title: string;
  readonly columns: readonly Column[];
  /** Key of the figure that candidates are compared by. */
  readonly compared: string;
  /** What is needed and not there, in words; undefined when it can be measured here. */
  readonly impossible?: () => string | undefined;
  readonly run: (bench: Bench) => Promise<void>;
}
