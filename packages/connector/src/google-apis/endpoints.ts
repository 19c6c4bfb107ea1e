// Where each of Google's APIs is: by the universe, by gcloud's own overrides, or all of them at an emulator.

import type { EmulatorHost } from '../emulator-host.ts';

export type GoogleService =
  | 'alloydb'
  | 'iam'
  | 'iamcredentials'
  | 'cloudresourcemanager'
  | 'serviceusage'
  | 'telemetry';

export interface EndpointOptions {
  readonly universeDomain: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly emulator: EmulatorHost | undefined;
}

/** Without a slash at its end. gcloud reads the same variables (`gcloud topic configurations`). */
export function endpointOf(service: GoogleService, { universeDomain, env, emulator }: EndpointOptions): string {
  if (emulator !== undefined) return emulator.endpoint;
  const override = env[`CLOUDSDK_API_ENDPOINT_OVERRIDES_${service.toUpperCase()}`] ?? '';
  return (override === '' ? `https://${service}.${universeDomain}` : override).replace(/\/+$/, '');
}
