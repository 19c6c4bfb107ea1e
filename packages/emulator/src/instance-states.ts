// The states of instances and regions, which tests change: an instance may be stopped, and a region out of reach.

export const INSTANCE_STATES = [
  'READY',
  'STOPPED',
  'CREATING',
  'DELETING',
  'MAINTENANCE',
  'FAILED',
  'BOOTSTRAPPING',
  'PROMOTING',
] as const;
export type InstanceState = (typeof INSTANCE_STATES)[number];

export function isInstanceState(text: unknown): text is InstanceState {
  return INSTANCE_STATES.some((state) => state === text);
}

export class InstanceStates {
  /** By instance URI; all others are ready. */
  readonly #states = new Map<string, InstanceState>();
  readonly #unreachable = new Set<string>();

  of(uri: string): InstanceState {
    return this.#states.get(uri) ?? 'READY';
  }

  set(uri: string, state: InstanceState): void {
    this.#states.set(uri, state);
  }

  /** Regions that the API cannot reach at the moment, by name. */
  get unreachable(): readonly string[] {
    return [...this.#unreachable];
  }

  setUnreachable(region: string, unreachable: boolean): void {
    if (unreachable) this.#unreachable.add(region);
    else this.#unreachable.delete(region);
  }
}
