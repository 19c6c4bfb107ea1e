// Lets work that changes files end in order when its user presses Ctrl-C.

export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
}

/** Until it is disposed of, the signals that would end the process abort instead. */
export function abortAtSignals(): Interruption {
  const abort = new AbortController();
  const onSignal = (): void => abort.abort(new Error('interrupted'));
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return {
    signal: abort.signal,
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
