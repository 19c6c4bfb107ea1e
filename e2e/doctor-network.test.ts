// doctor: a network that drops, refuses or does not know the way, cut for real in a network namespace.

import { test } from 'node:test';
import { testBreakages } from './support/doctor/breakage.ts';
import type { Patient } from './support/doctor/patient.ts';
import { cut, isInOwnNetwork, runInOwnNetwork, skipWithoutOwnNetwork } from './support/network-namespace.ts';

/** What the fix asks of the network's people: the rule goes. */
const cuts = new Map<Patient, Disposable>();

function mendNetwork(patient: Patient): undefined {
  cuts.get(patient)?.[Symbol.dispose]();
}

function toInstance({ instance }: Patient): readonly string[] {
  return ['-p', 'tcp', '-d', instance.address, '--dport', '5433'];
}

function toApi({ emulator }: Patient): readonly string[] {
  return ['-p', 'tcp', '-d', '127.0.0.1', '--dport', new URL(emulator.apiEndpoint).port];
}

if (!isInOwnNetwork) {
  test(
    'doctor tells a dropped packet from a refusal and from a missing route',
    {
      skip: skipWithoutOwnNetwork(),
    },
    () => runInOwnNetwork(import.meta.url),
  );
} else {
  testBreakages('doctor on the network', [
    {
      what: 'a firewall that drops what goes to port 5433',
      check: 'tcp',
      says: /^nothing comes back from 127\.0\.0\.\d+:5433 within 5 s: packets are dropped on the way$/,
      fix: /^a firewall drops it, or there is no way back: let this machine open TCP port 5433 \(5432 is not used\) of 127\./,
      break(patient) {
        cuts.set(patient, cut(...toInstance(patient), '-j', 'DROP'));
        return patient.run();
      },
      mend: mendNetwork,
    },
    {
      what: 'a firewall that refuses what goes to port 5433',
      check: 'tcp',
      says: /^127\.0\.0\.\d+:5433 refuses connections[:,] /,
      fix: /^the instance may be restarting or stopped: .*a firewall refuses TCP port 5433/,
      break(patient) {
        cuts.set(patient, cut(...toInstance(patient), '-j', 'REJECT', '--reject-with', 'tcp-reset'));
        return patient.run();
      },
      mend: mendNetwork,
    },
    {
      what: 'a network to which there is no route',
      check: 'tcp',
      says: /^198\.51\.100\.7:5433 (?:cannot be reached from here: network is unreachable$|refuses connections, or cannot be reached)/,
      fix: /^check dial-address=198\.51\.100\.7: .*or leave it out$/,
      break: ({ instance, run }) => run({ instance: `${instance.uri}?dial-address=198.51.100.7` }),
      mend: ({ run }) => run(),
    },
    {
      what: 'a router that knows no way to the instance',
      check: 'tcp',
      says: /^127\.0\.0\.\d+:5433 (?:cannot be reached from here: no route to host$|refuses connections, or cannot be reached)/,
      fix: /this machine has no route to 127\.0\.0\.\d+:5433: run in the VPC network/,
      break(patient) {
        cuts.set(patient, cut(...toInstance(patient), '-j', 'REJECT', '--reject-with', 'icmp-host-unreachable'));
        return patient.run();
      },
      mend: mendNetwork,
    },
  ]);

  // Of this one the others would notice: they ask the same API.
  testBreakages('doctor without the API', [
    {
      what: 'a firewall that drops what goes to the Admin API, in time',
      check: 'api',
      says: /^nothing comes back from 127\.0\.0\.1:\d+ within 5 s: packets are dropped on the way \(directly\)$/,
      fix: /^let this machine open connections to 127\.0\.0\.1:\d+: .*HTTPS_PROXY/,
      break(patient) {
        cuts.set(patient, cut(...toApi(patient), '-j', 'DROP'));
        return patient.run();
      },
      mend: mendNetwork,
    },
  ]);
}
