// Which credentials the settings ask for. That they ask for one kind only was checked before.

import type { CredentialsOption } from 'alloydb-connector';
import type { Settings } from '../cli/flag-row.ts';
import type { ProxyFlags } from '../cli/flags.ts';
import type { CredentialsConfig } from './config.ts';

export function chooseCredentials(settings: Settings<ProxyFlags>): CredentialsConfig {
  const [target, ...delegates] = settings['impersonate-service-account'].value;
  return {
    source: chooseSource(settings),
    impersonate: target === undefined ? undefined : { target, delegates },
    loginToken: settings['login-token'].value,
    quotaProject: settings['quota-project'].value,
    universeDomain: settings['universe-domain'].value,
  };
}

function chooseSource(settings: Settings<ProxyFlags>): CredentialsOption {
  const file = settings['credentials-file'].value;
  if (file !== undefined) return { kind: 'file', path: file };
  const json = settings['json-credentials'].value;
  if (json !== undefined) return { kind: 'json', json };
  const token = settings.token.value;
  if (token !== undefined) return { kind: 'token', token };
  const tokenFile = settings['token-file'].value;
  if (tokenFile !== undefined) return { kind: 'token-file', path: tokenFile };
  const command = settings['token-command'].value;
  if (command !== undefined) return { kind: 'token-command', command };
  return settings['gcloud-auth'].value ? { kind: 'gcloud' } : { kind: 'adc' };
}
