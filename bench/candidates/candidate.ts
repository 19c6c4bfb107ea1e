// Something that is measured: the direct way, or a proxy that is started as a process.

import type { Backend } from '../backends/backend.ts';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

export interface CommandPlace {
  readonly backend: Backend;
  /** Where it has to listen, on 127.0.0.1. */
  readonly port: number;
  /** For configuration files; its own, removed at the end. */
  readonly folder: string;
}

export type Candidate =
  /** The client makes TLS itself, and nothing is in between. */
  | { readonly kind: 'direct'; readonly name: string }
  | { readonly kind: 'proxy'; readonly name: string; readonly command: (place: CommandPlace) => Command };

/** What can be measured on this machine, and what cannot, with the reason. */
export interface Found {
  readonly candidates: readonly Candidate[];
  readonly missing: readonly { readonly name: string; readonly reason: string }[];
}
