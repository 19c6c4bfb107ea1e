// The connection to the instance step by step: TCP, certificates, TLS and the metadata exchange.

import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { ConnectorError, formatInstanceUri } from 'alloydb-connector';
import {
  orAborted,
  type ProbedCertificate,
  type ProbePlace,
  ServerIdentityError,
  withTimeLimit,
} from 'alloydb-connector/probe';
import { type Check, fail, failWith, messageOf, pass } from './check.ts';
import { explainConnect } from './explain-connect.ts';
import type { ExaminedInstance, Subject } from './subject.ts';

export interface Reached {
  readonly socket: Socket;
  readonly place: ProbePlace;
}

export interface Secured {
  readonly socket: TLSSocket;
  readonly place: ProbePlace;
}

/** As long as `AUTO` waits for one kind of address. */
const placeLimitMs = 5_000;

export function tcpCheck(
  { probe, undo }: Subject,
  { uri, dialAddress }: ExaminedInstance,
  address: Check<readonly ProbePlace[]>,
): Check<Reached> {
  return {
    id: 'tcp',
    title: 'TCP connection',
    instance: formatInstanceUri(uri),
    needs: [address],
    limitMs: 3 * placeLimitMs + 1_000,
    async run({ signal, from }) {
      const failures: { readonly reason: string; readonly fix: string }[] = [];
      for (const place of from(address)) {
        const startedAt = performance.now();
        try {
          const socket = await withTimeLimit(placeLimitMs, [signal], (limited) =>
            orAborted(probe.connect(uri, place, limited), limited),
          );
          undo.defer(() => socket.destroy());
          const ms = Math.round(performance.now() - startedAt);
          const before = failures.map(({ reason }) => `${reason}; then `).join('');
          return pass(`${before}${place.address} answers ${place.route} in ${ms} ms`, { socket, place });
        } catch (error) {
          signal.throwIfAborted();
          failures.push(explainConnect(error, targetOf(place, dialAddress)));
        }
      }
      return fail(failures.map(({ reason }) => reason).join('; '), failures.at(-1)?.fix);
    },
  };
}

function targetOf({ address, candidate: { ipType } }: ProbePlace, dialAddress: string | undefined) {
  if (dialAddress !== undefined) {
    const fix = `check dial-address=${dialAddress}: what forwards from there to the instance has to run and to be reached; or leave it out`;
    return { place: address, timedOut: fix, refused: fix, unreachable: fix, nameUnknown: fix };
  }
  const port = 'TCP port 5433 (5432 is not used)';
  const inside = {
    PRIVATE: `run in the VPC network of the instance, or connected to it by VPN or peering, or use --public-ip or --psc`,
    PUBLIC: 'the address of this machine has to be among the authorised external networks of the instance',
    PSC: 'a Private Service Connect endpoint for the instance has to be in the network of this machine',
  }[ipType];
  return {
    place: address,
    timedOut: `a firewall drops it, or there is no way back: let this machine open ${port} of ${address}; ${inside}`,
    refused: `the instance may be restarting or stopped: try again in a minute; or a firewall refuses ${port} of ${address}`,
    unreachable: `this machine has no route to ${address}: ${inside}`,
    nameUnknown: `the name needs a record in a zone that this machine asks: ${inside}`,
  };
}

/** A refusal goes back to a suspect that has failed. */
export function certificateCheck(
  { probe }: Subject,
  { uri }: ExaminedInstance,
  { needs, suspects }: { readonly needs: readonly Check[]; readonly suspects: readonly Check[] },
): Check<ProbedCertificate> {
  return {
    id: 'certificate',
    title: 'client certificate',
    instance: formatInstanceUri(uri),
    needs,
    async run({ signal }) {
      try {
        const certificate = await probe.certificate(uri, signal);
        const leftMs = certificate.expiresAt - Date.now();
        if (leftMs > 0) return pass(`good for ${Math.round(leftMs / 60_000)} min`, certificate);
        const fix = probe.hasStaticInfo ? renewFile : 'check the clock of this machine';
        return fail(`it ended ${new Date(certificate.expiresAt).toISOString()}`, fix, suspects);
      } catch (error) {
        signal.throwIfAborted();
        return failWith(error, suspects);
      }
    },
  };
}

const renewFile = 'write the file of --static-connection-info anew: its certificates are those of the past';

export function tlsCheck(
  { probe, undo }: Subject,
  { uri, dialAddress }: ExaminedInstance,
  parts: { readonly tcp: Check<Reached>; readonly certificate: Check<ProbedCertificate>; readonly clock: Check },
): Check<Secured> {
  const { tcp, certificate, clock } = parts;
  return {
    id: 'tls',
    title: 'TLS',
    instance: formatInstanceUri(uri),
    needs: [tcp, certificate],
    async run({ signal, from }) {
      const { socket: opened, place } = from(tcp);
      try {
        const socket = await probe.secure(uri, { socket: opened, place, certificate: from(certificate) }, signal);
        undo.defer(() => socket.destroy());
        const names = socket.getPeerX509Certificate()?.subjectAltName ?? 'no name';
        return pass(`${socket.getProtocol()}, the cluster's authority vouches for ${names}`, { socket, place });
      } catch (error) {
        signal.throwIfAborted();
        return fail(
          messageOf(error),
          tlsFix(error, { address: place.address, dialAddress, isStatic: probe.hasStaticInfo }),
          [clock],
        );
      }
    },
  };
}

function tlsFix(
  error: unknown,
  {
    address,
    dialAddress,
    isStatic,
  }: { readonly address: string; readonly dialAddress: string | undefined; readonly isStatic: boolean },
): string | undefined {
  if (!(error instanceof ConnectorError)) return undefined;
  const elsewhere =
    dialAddress === undefined
      ? `find out what answers at ${address}: it is not this instance`
      : `dial-address=${dialAddress} leads to something else than this instance: correct it, or leave it out`;
  if (error.code !== 'SERVER_CERTIFICATE_REJECTED') return dialAddress === undefined ? error.hint : elsewhere;
  if (error.cause instanceof ServerIdentityError) return elsewhere;
  const reason = error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : '';
  if (/EXPIRED|NOT_YET_VALID/.test(reason))
    return `the certificate of the server is out of date: restart the instance, or ask Google's support`;
  return isStatic ? `the authority of the cluster has changed: ${renewFile}` : elsewhere;
}

export function exchangeCheck(
  { probe }: Subject,
  { uri, autoIamAuthn }: ExaminedInstance,
  {
    tls,
    token,
    suspects,
  }: { readonly tls: Check<Secured>; readonly token: Check; readonly suspects: readonly Check[] },
): Check<Secured> {
  return {
    id: 'exchange',
    title: 'metadata exchange',
    instance: formatInstanceUri(uri),
    needs: [tls, token],
    async run({ signal, from }) {
      const secured = from(tls);
      const authType = autoIamAuthn ? 'AUTO_IAM' : 'DB_NATIVE';
      try {
        await probe.exchange(uri, { ...secured, authType }, signal);
        return pass('the server accepts certificate and token', secured);
      } catch (error) {
        signal.throwIfAborted();
        if (probe.hasStaticInfo && error instanceof ConnectorError && error.code === 'CLIENT_CERTIFICATE_REFUSED') {
          return fail(error.message, renewFile, suspects);
        }
        return failWith(error, suspects);
      }
    },
  };
}
