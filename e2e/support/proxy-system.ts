// The system that the proxy under test belongs to, which Wine can make another one than the tester's.

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Whether the proxy is the executable for Windows, run by Wine (`npm run test:windows`). */
export const inWine = process.env['ALLOYDB_E2E_WINE'] !== undefined;

export const onWindows = inWine || process.platform === 'win32';

/** What asks the proxy to stop here, and what then becomes of it. */
export const STOP: { readonly signal: NodeJS.Signals; readonly exit: Exit } = inWine
  ? // Wine makes of it the Ctrl+C of a console.
    { signal: 'SIGINT', exit: { code: 130, signal: null } }
  : process.platform === 'win32'
    ? // Node ends it there without a word to it.
      { signal: 'SIGTERM', exit: { code: null, signal: 'SIGTERM' } }
    : { signal: 'SIGTERM', exit: { code: 143, signal: null } };

/** For the `skip` of a test that asks the proxy to stop, and looks at how it does. */
export const skipWithoutStop = process.platform === 'win32' ? 'nothing on Windows sends Ctrl+C to one process' : false;

/** For the `skip` of a test in whose middle a connection is refused: with Wine's winsock Bun takes it for one that was opened. */
export const skipWithoutRefusals = inWine ? 'under Wine a refused connection seems to be opened, then reset' : false;

/** For the `skip` of a test of something that Windows does not have. */
export function skipOnWindows(reason: string): string | false {
  return onWindows ? reason : false;
}
