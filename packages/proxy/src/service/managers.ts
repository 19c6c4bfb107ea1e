// Every service manager there is, by its name.

import { launchd } from './launchd.ts';
import type { Manager, ManagerName } from './manager.ts';
import { supervisor } from './supervisor.ts';
import { systemd } from './systemd.ts';
import { upstart } from './upstart.ts';
import { windows } from './windows.ts';

export const MANAGERS: { readonly [Name in ManagerName]: Manager } = { systemd, upstart, supervisor, windows, launchd };
