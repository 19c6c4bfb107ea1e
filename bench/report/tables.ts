// Results as tables: medians with their spread, and ratios to one candidate within the same rounds.

import type { Measure, Result } from '../measures/measure.ts';
import { type Spread, spreadOf } from './statistics.ts';

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One table for each case that has results. @param base the candidate that others are compared with. */
export function tablesOf(measure: Measure, results: readonly Result[], base: string): readonly Table[] {
  const own = results.filter((result) => result.measure === measure.id);
  return [...new Set(own.map(({ of }) => of))].map((of) =>
    tableOf(measure, { of, base, results: own.filter((result) => result.of === of) }),
  );
}

interface CaseResults {
  readonly of: string;
  readonly base: string;
  readonly results: readonly Result[];
}

function tableOf(measure: Measure, { of, base, results }: CaseResults): Table {
  const candidates = [...new Set(results.map(({ candidate }) => candidate))];
  const rows = candidates.map((candidate) => {
    const own = results.filter((result) => result.candidate === candidate);
    const cells = measure.columns.map(({ key, digits }) => {
      const values = own.flatMap(({ figures }) => figures[key] ?? []);
      return values.length === 0 ? '–' : show(spreadOf(values), digits);
    });
    const ratios = ratiosOf(
      measure.compared,
      own,
      results.filter((result) => result.candidate === base),
    );
    return [candidate, ...cells, ratios.length === 0 ? '–' : show(spreadOf(ratios), 2)];
  });
  const compared = measure.columns.find(({ key }) => key === measure.compared)?.title ?? measure.compared;
  return {
    title: `${measure.title}: ${of}`,
    head: ['', ...measure.columns.map(({ title }) => title), `${compared}, ratio to ${base}`],
    rows,
  };
}

/** Round by round: what disturbed one round disturbed both. */
function ratiosOf(key: string, own: readonly Result[], base: readonly Result[]): readonly number[] {
  return own.flatMap(({ round, figures }) => {
    const other = base.find((result) => result.round === round)?.figures[key];
    const value = figures[key];
    return value === undefined || other === undefined || other === 0 ? [] : [value / other];
  });
}

function show({ median, least, most }: Spread, digits: number): string {
  const middle = median.toFixed(digits);
  if (least === most) return middle;
  return `${middle} (${least.toFixed(digits)}–${most.toFixed(digits)})`;
}

export function asMarkdown({ title, head, rows }: Table): string {
  return [
    `### ${title}`,
    '',
    markdownRow(head),
    markdownRow(head.map((_, index) => (index === 0 ? '---' : '--:'))),
    ...rows.map(markdownRow),
    '',
  ].join('\n');
}

function markdownRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

export function asText({ title, head, rows }: Table): string {
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((cells) => cells[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  ');
  return [title, line(head), ...rows.map(line), ''].join('\n');
}
