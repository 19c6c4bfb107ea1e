// Any other proxy, given as `NAME=COMMAND`, whose COMMAND may use {port}, {uri}, {api} and {credentials}.

import type { Candidate } from './candidate.ts';

/** @throws {Error} when it has no name or no command. */
export function parsePeer(text: string): Candidate {
  const [, name, command] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || command === undefined) {
    throw new Error(
      `--peer ${text}: expected NAME=COMMAND, such as --peer 'official=alloydb-auth-proxy --port {port} {uri}'`,
    );
  }
  return {
    kind: 'proxy',
    name,
    command: ({ backend: { uri, api, credentials }, port }) => {
      const values: Readonly<Record<string, string>> = { port: String(port), uri, api, credentials };
      const filled = command.replace(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole);
      // The shell gives way to the command, so that what is measured is the command and nothing else.
      return { file: 'sh', args: ['-c', `exec ${filled}`] };
    },
  };
}
