// Where metrics and traces are sent by OTLP, and what of them.

/** Which traces are kept: one in so many, or as the standard variables say. */
export interface OtlpTarget {
  /** For the log: who gets it. */
  readonly name: string;
  readonly metrics: OtlpMetrics | undefined;
  readonly traces: OtlpTraces | undefined;
  /** Besides those of the standard variables; asked before each request. */
  readonly headers: (() => Promise<Record<string, string>>) | undefined;
  /** What is said about this process, besides the standard variables' own. */
  readonly resource: Readonly<Record<string, string>>;
}

export interface OtlpMetrics {
  /** Undefined leaves it to the standard variables. */
  readonly url: string | undefined;
  /** Put before each name, with a full stop between; none when empty. */
  readonly prefix: string;
  readonly intervalMs: number;
}

export interface OtlpTraces {
  /** Undefined leaves it to the standard variables. */
  readonly url: string | undefined;
  /** From 0 to 1: which part of the connections is traced. */
  readonly ratio: number;
}
