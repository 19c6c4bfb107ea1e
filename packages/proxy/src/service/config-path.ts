// Where the config file of an installed service lies.

import { posix, win32 } from 'node:path';
import { PROGRAM } from '../cli/program-name.ts';
import type { ServiceId } from './service.ts';

export function configPath({ name, scope }: ServiceId): string {
  const folder = scope.of === 'user' ? scope.configHome : '/etc';
  return posix.join(folder, PROGRAM, `${name}.toml`);
}

export function windowsFolder(): string {
  return win32.join('C:\\ProgramData', PROGRAM);
}

export function windowsConfigPath({ name }: ServiceId): string {
  return win32.join(windowsFolder(), `${name}.toml`);
}
