// The Admin API: the way to it, its clock, and whether it is enabled.

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { formatInstanceUri, type InstanceUri } from 'alloydb-connector';
import { hintFor } from 'alloydb-connector/google-apis';
import { orAborted, withTimeLimit } from 'alloydb-connector/probe';
import { type Check, fail, messageOf, pass, skip, warn } from './check.ts';
import { explainConnect } from './explain-connect.ts';
import type { Subject } from './subject.ts';

/** Beyond this Google refuses what this machine signs, and certificates are not valid yet or any more. */
const mostSkewMs = 5 * 60_000;
const muchSkewMs = 30_000;
const connectLimitMs = 5_000;
const notAsked = '--static-connection-info takes the place of the Admin API';

/** DNS, TCP and TLS. */
export function apiCheck({ probe, config }: Subject): Check<URL> {
  return {
    id: 'api',
    title: 'way to the Admin API',
    needs: [],
    async run({ signal }) {
      if (probe.hasStaticInfo) return skip(notAsked);
      const url = new URL(probe.apis.endpoint('alloydb'));
      const route = probe.describeUrlRoute(url);
      const startedAt = performance.now();
      try {
        const names = await withTimeLimit(connectLimitMs, [signal], async (limited) => {
          const found = route === 'directly' ? await addressesOf(url.hostname, limited) : '';
          (await orAborted(probe.openUrl(url, limited), limited)).destroy();
          return found;
        });
        const emulator = probe.emulatorHost === undefined ? '' : ', which is an emulator';
        const ms = Math.round(performance.now() - startedAt);
        return pass(`${url.host}${names} ${route}, ${ms} ms${emulator}`, url);
      } catch (error) {
        signal.throwIfAborted();
        const { reason, fix } = explainConnect(error, {
          place: url.host,
          timedOut: `let this machine open connections to ${url.host}: a firewall, or a proxy that HTTPS_PROXY does not name; in a VPC without internet turn on Private Google Access`,
          refused: refusedFix(url.host, config.adminApiEndpoint),
          unreachable: `add a route to the internet or to Private Google Access, or set HTTPS_PROXY to the proxy that leads to ${url.host}`,
          nameUnknown: `check the name ${url.hostname} and the name servers of this machine; behind a proxy set HTTPS_PROXY`,
        });
        return fail(`${reason} (${route})`, fix);
      }
    },
  };
}

function refusedFix(host: string, chosen: string | undefined): string {
  return chosen === undefined
    ? `find out what answers for ${host} here: a hosts file, a name server, a firewall`
    : `correct --alloydbadmin-api-endpoint, or leave it out for https://alloydb.googleapis.com`;
}

async function addressesOf(hostname: string, signal: AbortSignal): Promise<string> {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0) return '';
  const found = await orAborted(lookup(host, { all: true }), signal);
  return ` (${found.map(({ address }) => address).join(', ')})`;
}

/** Against the header Date, which every answer has, errors too. */
export function clockCheck({ probe }: Subject, api: Check<URL>): Check {
  return {
    id: 'clock',
    title: 'clock',
    needs: [api],
    async run({ signal, from }) {
      const url = new URL('/', from(api));
      const before = Date.now();
      const theirs = await probe.serverTime(url, signal);
      const after = Date.now();
      if (theirs === undefined) return warn(`${url.host} does not tell its time`);
      // The header has whole seconds; within the time of the request and that second nothing can be said.
      const skewMs = theirs > after ? theirs - after : Math.min(0, theirs + 1_000 - before);
      const fix = 'set the clock of this machine: timedatectl set-ntp true (Windows: w32tm /resync)';
      const off = `this machine is ${duration(Math.abs(skewMs))} ${skewMs > 0 ? 'behind' : 'ahead of'} ${url.host}`;
      if (Math.abs(skewMs) >= mostSkewMs) return fail(off, fix);
      if (Math.abs(skewMs) >= muchSkewMs) return warn(off, fix);
      return pass(`as that of ${url.host}`);
    },
  };
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** In the project that calls are charged to: what the API itself answers counts, Service Usage tells the rest. */
export function apiEnabledCheck(subject: Subject, needs: { readonly api: Check; readonly token: Check }): Check {
  const { apis } = subject.probe;
  const [first] = subject.instances;
  return {
    id: 'api-enabled',
    title: 'AlloyDB API',
    needs: [needs.api, needs.token],
    async run({ signal }) {
      const project = apis.quotaProject() ?? first?.uri.project ?? projectOfAccount(apis.principal());
      if (project === undefined) return skip('neither an instance nor the credentials name a project');
      if (first !== undefined) {
        const refusal = await refusalOf(subject, first.uri, signal);
        if (refusal !== undefined) return fail(refusal.message, refusal.fix);
      }
      const service = `projects/${project}/services/alloydb.googleapis.com`;
      const state = await apis
        .call({ service: 'serviceusage', path: `v1/${service}`, timeoutMs: 5_000, signal })
        .catch((error: unknown) => messageOf(error));
      if (typeof state === 'string') return answers(first, state);
      if (state.is === 'refused') return answers(first, state.error.message);
      if (state.value['state'] === 'DISABLED') {
        return fail(
          `the AlloyDB API is not enabled in project ${project}`,
          `gcloud services enable alloydb.googleapis.com --project=${project}`,
        );
      }
      return pass(`enabled in project ${project}`);
    },
  };
}

function answers(first: unknown, why: string) {
  return first === undefined
    ? warn(`whether it is enabled is not known: ${why}`)
    : pass('it answers; Service Usage does not tell more');
}

/** What keeps every call from being answered, whatever it asks for: the API is off, or the token is no good. */
async function refusalOf({ probe: { apis } }: Subject, instance: InstanceUri, signal: AbortSignal) {
  const path = `v1/${formatInstanceUri(instance)}`;
  const answer = await apis.call({ service: 'alloydb', path, signal });
  if (answer.is === 'ok') return undefined;
  const { reason, status } = answer.error;
  if (reason !== 'SERVICE_DISABLED' && !isOfToken({ reason, status })) return undefined;
  const fix = hintFor(answer.error, { instance, principal: apis.principal() });
  return { message: messageOf(new Error(answer.error.message)), fix };
}

/** Whether an API refuses a token as such. */
export function isOfToken({
  reason,
  status,
}: {
  readonly reason: string | undefined;
  readonly status: string;
}): boolean {
  return status === 'UNAUTHENTICATED' || reason?.startsWith('ACCESS_TOKEN_') === true;
}

/** A service account belongs to the project in its name. */
export function projectOfAccount(principal: string | undefined): string | undefined {
  return /@([^.@]+)(?:\.([^.@]+))?\.iam\.gserviceaccount\.com$/.exec(principal ?? '')?.[1];
}
