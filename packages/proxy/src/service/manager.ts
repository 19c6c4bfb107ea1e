// What every service manager can be asked for.

import type { Command, InstallPlan, RemovalPlan, UnitPlace } from './plan.ts';
import type { Service, ServiceId } from './service.ts';

export const MANAGER_NAMES = ['systemd', 'upstart', 'supervisor', 'windows', 'launchd'] as const;
export type ManagerName = (typeof MANAGER_NAMES)[number];

export type ControlAction = 'start' | 'stop' | 'restart' | 'status';

/** Everything is a pure function of its arguments. */
export interface Manager {
  /** Whether a user without any authority can have services. */
  readonly hasUserScope: boolean;
  /** Whether a service runs as another user than root even when none is named. */
  readonly hasUnprivilegedUser: boolean;
  readonly canBePartOf: boolean;
  readonly canListen: boolean;
  unitPlace(id: ServiceId): UnitPlace;
  /** @throws {UsageError} when it cannot run such a service. */
  install(service: Service): InstallPlan;
  /** `installed` are the names of our files in the unit place. */
  uninstall(id: ServiceId, installed: readonly string[]): RemovalPlan;
  control(action: ControlAction, id: ServiceId, installed: readonly string[]): readonly Command[];
}
