// The instance: that it is there and runs, and which of its addresses is dialled.

import { AdminApiError, formatInstanceUri, type InstanceUri } from 'alloydb-connector';
import { type GoogleApiAnswer, hintFor, shellWord } from 'alloydb-connector/google-apis';
import { type InstanceAddresses, orAborted, type ProbePlace } from 'alloydb-connector/probe';
import { closest } from '../cli/suggest.ts';
import { type Check, fail, failWith, messageOf, pass } from './check.ts';
import type { ExaminedInstance, Subject } from './subject.ts';

export interface FoundInstance {
  readonly addresses: InstanceAddresses;
}

type View = Extract<GoogleApiAnswer, { is: 'ok' }>['value'];

/** A refusal goes back to a suspect that has failed. */
export function instanceCheck(
  subject: Subject,
  { uri }: ExaminedInstance,
  { needs, suspects }: { readonly needs: readonly Check[]; readonly suspects: readonly Check[] },
): Check<FoundInstance> {
  const { probe } = subject;
  const name = formatInstanceUri(uri);
  return {
    id: 'instance',
    title: 'instance',
    instance: name,
    needs,
    async run({ signal }) {
      if (probe.hasStaticInfo) {
        const addresses = await probe.addresses(uri, signal);
        return pass(`${kindsOf(addresses)}, from the file of --static-connection-info`, { addresses });
      }
      const { apis } = probe;
      const [seen, info] = await Promise.allSettled([
        apis.call({ service: 'alloydb', path: `v1beta/${name}`, signal }),
        probe.addresses(uri, signal),
      ]);
      signal.throwIfAborted();
      const answer = seen.status === 'fulfilled' ? seen.value : undefined;
      if (answer?.is === 'ok') return judge(uri, answer.value, info.status === 'fulfilled' ? info.value : undefined);
      // roles/alloydb.client may read the instance; a role of one's own may only be good for connecting.
      if (info.status === 'fulfilled') {
        return pass(`${kindsOf(info.value)}; its state may not be read`, { addresses: info.value });
      }
      const { reason }: { readonly reason: unknown } = info;
      if (!(reason instanceof AdminApiError) || reason.body.status !== 'NOT_FOUND') return failWith(reason, suspects);
      const others = await orAborted(instancesIn(subject, uri.project, signal), signal);
      const hint = hintFor(reason.body, { instance: uri, principal: apis.principal() });
      const near = closest(name, others);
      const fix =
        near === undefined ? (others.length === 0 ? hint : `there are ${others.join(', ')}`) : `did you mean ${near}?`;
      return fail(`there is no such instance: ${messageOf(new Error(reason.body.message))}`, fix, suspects);
    },
  };
}

/** Those that the principal may list; often none. */
async function instancesIn(
  { probe: { apis } }: Subject,
  project: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const path = `v1/projects/${project}/locations/-/clusters/-/instances`;
  const answer = await apis.call({ service: 'alloydb', path, timeoutMs: 3_000, signal }).catch(() => undefined);
  const instances = answer?.is === 'ok' ? answer.value['instances'] : undefined;
  return (Array.isArray(instances) ? instances : []).flatMap((each: { readonly name?: unknown }) =>
    typeof each.name === 'string' ? [each.name] : [],
  );
}

const notServing: Readonly<Record<string, string>> = {
  DELETING: 'it is being deleted; name another instance',
  FAILED: 'see what failed: gcloud alloydb operations list',
  CREATING: 'wait until it is READY',
  BOOTSTRAPPING: 'wait until it is READY',
};

function judge(uri: InstanceUri, view: View, info: InstanceAddresses | undefined) {
  const addresses = info ?? addressesIn(view);
  const state = typeof view['state'] === 'string' ? view['state'] : 'in a state that is not told';
  const rules = view['clientConnectionConfig'] as { readonly requireConnectors?: unknown } | undefined;
  const evidence = [
    state,
    kindsOf(addresses),
    rules?.requireConnectors === true ? 'takes connections through connectors only, as this is one' : undefined,
  ].filter((part) => part !== undefined);
  if (state === 'STOPPED') {
    const { project, region, cluster, instance } = uri;
    const words = [instance, `--cluster=${cluster}`, `--region=${region}`, `--project=${project}`].map(shellWord);
    const start = `gcloud alloydb instances update ${words.join(' ')} --activation-policy=ALWAYS`;
    return fail('it is STOPPED', start);
  }
  const fix = notServing[state];
  if (fix !== undefined) return fail(`it is ${state}`, fix);
  const value: FoundInstance = { addresses };
  if (state === 'MAINTENANCE' || state === 'PROMOTING') {
    return { status: 'warn', evidence: `${evidence.join(', ')}: connections may break off`, value } as const;
  }
  return pass(evidence.join(', '), value);
}

/** Where the API tells of an instance and refuses its connection info. */
export function addressesIn(view: View): InstanceAddresses {
  const psc = view['pscInstanceConfig'] as { readonly pscDnsName?: unknown } | undefined;
  const { ipAddress, publicIpAddress } = view;
  return {
    ...(typeof ipAddress === 'string' && ipAddress !== '' && { PRIVATE: ipAddress }),
    ...(typeof publicIpAddress === 'string' && publicIpAddress !== '' && { PUBLIC: publicIpAddress }),
    ...(typeof psc?.pscDnsName === 'string' && psc.pscDnsName !== '' && { PSC: psc.pscDnsName.replace(/\.$/, '') }),
  };
}

function kindsOf(addresses: InstanceAddresses): string {
  const kinds = Object.entries(addresses).map(([kind, address]) => `${kind} ${address}`);
  return kinds.length === 0 ? 'without an address yet' : kinds.join(', ');
}

/** Which kind is dialled, and why. */
export function addressCheck(
  { probe }: Subject,
  { uri, ipType, dialAddress }: ExaminedInstance,
  instance: Check<FoundInstance>,
): Check<readonly ProbePlace[]> {
  return {
    id: 'address',
    title: 'address',
    instance: formatInstanceUri(uri),
    needs: [instance],
    async run({ from }) {
      const places = probe.places({ instance: uri, ...from(instance) }, { ipType, dialAddress });
      const ways = places.map(({ candidate, address, route }) => `${candidate.ipType} ${address} ${route}`);
      const why =
        dialAddress === undefined ? '' : `, as dial-address says, in place of ${places[0]?.candidate.address}`;
      return pass(`${ways.join(', then ')}${why}`, places);
    },
  };
}
