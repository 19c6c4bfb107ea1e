// Faults of the endpoints that give out tokens, at each of the ways to one.

import { join } from 'node:path';
import type { TokenFault, TokenGrant } from 'alloydb-emulator';
import { writeSecret } from '../support/chosen-credentials.ts';
import { startProxy } from '../support/proxy-process.ts';
import { serviceAccount, type Setting } from '../support/setting.ts';
import { dialInto, type FaultCase } from './fault-case.ts';

const faults: readonly TokenFault[] = [
  { kind: 'token-error', error: 'invalid_grant', description: 'refused for a test' },
  { kind: 'token-error', error: 'backend_error', description: 'refused for a test', status: 503 },
  { kind: 'token-reset' },
  { kind: 'token-close' },
  { kind: 'token-truncated' },
  { kind: 'token-garbage' },
  { kind: 'token-delay', delayMs: 200 },
];

/**
 * A new instance needs a token for the Admin API first, so the fault meets the lookup. Where connection info is held already,
 * the next token that is asked for is that of the exchange.
 */
export function tokenCases(grant: TokenGrant): readonly FaultCase[] {
  return faults.flatMap((fault) =>
    (['lookup', 'exchange'] as const).map((phase) => ({
      side: 'token endpoint',
      fault: fault.kind,
      phase,
      variant: 'status' in fault ? `${grant}, ${fault.status}` : grant,
      place: phase === 'lookup' ? 'own' : 'shared',
      run: async (place) => {
        place.emulator.addFault({ ...fault, grant });
        await dialInto(place, fault.kind === 'token-delay' ? 'complete' : 'told');
      },
    })),
  );
}

/** How a proxy is told to take one of the ways, always as the same service account. */
export interface CredentialWay {
  readonly grants: readonly TokenGrant[];
  readonly arrange: (setting: Setting) => Promise<{
    readonly args: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  }>;
}

export const credentialWays: readonly CredentialWay[] = [
  { grants: ['jwt-bearer'], arrange: async ({ keyFile }) => ({ args: ['--credentials-file', keyFile] }) },
  {
    grants: ['refresh-token'],
    arrange: async ({ emulator, folder }) => {
      const login = JSON.stringify(emulator.authorizedUserCredentials(serviceAccount));
      return { args: ['--credentials-file', writeSecret(join(folder, 'login.json'), login)] };
    },
  },
  {
    grants: ['token-exchange', 'impersonation'],
    arrange: async ({ emulator, folder }) => {
      const subject = 'system:serviceaccount:shop:web';
      emulator.allowImpersonation(emulator.workloadPrincipal(subject), serviceAccount);
      const workload = await emulator.externalAccountCredentials({
        subject,
        subjectTokenFile: join(folder, 'subject-token'),
        serviceAccount,
      });
      return { args: ['--credentials-file', writeSecret(join(folder, 'workload.json'), JSON.stringify(workload))] };
    },
  },
  {
    grants: ['metadata'],
    arrange: async ({ emulator }) => ({ args: [], env: { GCE_METADATA_HOST: emulator.metadataHost } }),
  },
];

/** Starts a proxy that takes this way; whoever starts it stops it. */
export async function startProxyBy({ arrange }: CredentialWay, setting: Setting, ...more: readonly string[]) {
  const { args, env = {} } = await arrange(setting);
  const flags = ['--alloydbadmin-api-endpoint', setting.emulator.apiEndpoint, '--port', '0'];
  // gcloud keeps the tester's own login in the home folder.
  return startProxy([...flags, ...args, ...more], { env: { HOME: setting.folder, ...env } });
}
