// The project that gcloud is set to, as it stands in gcloud's own files.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configFolder } from './application-default.ts';
import { textOf } from './credential-fields.ts';
import type { IdentitySeams } from './identity.ts';

/** `gcloud topic configurations`: the environment, else `[core] project` of the active configuration. */
export function gcloudProject(env: IdentitySeams['env']): string | undefined {
  const folder = configFolder(env);
  const named = textOf(env['CLOUDSDK_ACTIVE_CONFIG_NAME']) ?? textOf(read(join(folder, 'active_config')).trim());
  const text = read(join(folder, 'configurations', `config_${named ?? 'default'}`));
  return textOf(env['CLOUDSDK_CORE_PROJECT']) ?? projectIn(text);
}

function projectIn(text: string): string | undefined {
  let section = '';
  for (const line of text.split('\n')) {
    section = /^\s*\[(.+)\]\s*$/.exec(line)?.[1] ?? section;
    const [, value] = /^\s*project\s*=\s*(\S+)\s*$/.exec(line) ?? [];
    if (section === 'core' && value !== undefined) return value;
  }
  return undefined;
}

/** Nothing when it is not there: gcloud need not be installed. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
