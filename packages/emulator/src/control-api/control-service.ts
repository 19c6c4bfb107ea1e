// The control API: what a test in another process does to a running emulator.

import { ApiError } from '../http/api-error.ts';
import { EmulatorError } from '../emulator-error.ts';
import { type Answer, json } from '../http/answer.ts';
import { parseJson } from '../http/body.ts';
import { refuseBrowsers } from '../http/loopback-only.ts';
import type { HttpRequest, HttpService } from '../http/service.ts';
import type { Controls } from './controls.ts';
import {
  readBreakOrder,
  readClusterDeletion,
  readClusterOrder,
  readConnectionRule,
  readInstanceOrder,
  readName,
  readUserOrder,
  readInstanceState,
  readKeyCreation,
  readRegion,
  readRotation,
  readServiceState,
} from './read-order.ts';

type Handler = (controls: Controls, body: unknown, endpoint: string) => unknown;

/** By method and path. What a handler returns is the body of the answer. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  'GET /faults': (controls) => ({ faults: controls.pendingFaults() }),
  'POST /faults': (controls, body) => {
    controls.addFaults(Array.isArray(body) ? body : [body]);
    return { faults: controls.pendingFaults() };
  },
  'DELETE /faults': (controls) => {
    controls.clearFaults();
    return { faults: controls.pendingFaults() };
  },
  'POST /rotate-ca': async (controls, body) => {
    await controls.rotateCa(readRotation(body));
    return {};
  },
  'POST /break-connections': (controls, body) => ({ broken: controls.breakConnections(readBreakOrder(body)) }),
  'POST /instance-state': async (controls, body) => {
    await controls.setInstanceState(readInstanceState(body));
    return {};
  },
  'POST /connection-rule': (controls, body) => {
    controls.setConnectionRule(readConnectionRule(body));
    return {};
  },
  'POST /region': (controls, body) => {
    controls.setRegionUnreachable(readRegion(body));
    return {};
  },
  'POST /service-state': (controls, body) => {
    controls.iam.setServiceState(readServiceState(body));
    return {};
  },
  'POST /key-creation': (controls, body) => {
    const { disabled, project } = readKeyCreation(body);
    controls.iam.disableKeyCreation(disabled, project);
    return {};
  },
  'GET /status': (controls) => controls.status(),
  'POST /create-key': async (controls, body, endpoint) => controls.iam.createKey(readName('email', body), endpoint),
  'POST /create-cluster': async (controls, body) => {
    await controls.createCluster(readClusterOrder(body));
    return {};
  },
  'POST /create-instance': async (controls, body) => {
    const { name, address, port } = await controls.createInstance(readInstanceOrder(body));
    return { instance: name.uri, address: `${address}:${port}` };
  },
  'POST /create-user': async ({ users, iam }, body) => {
    const { iam: isIam, ...user } = readUserOrder(body);
    return isIam === true ? { name: await iam.createIamUser(user.name, users) } : users.createBuiltIn(user);
  },
  'POST /delete-cluster': async (controls, body) => {
    const { cluster, force } = readClusterDeletion(body);
    await controls.deleteCluster(cluster, { force });
    return {};
  },
  'POST /delete-instance': async (controls, body) => {
    await controls.deleteInstance(readName('instance', body));
    return {};
  },
  'POST /delete-user': async ({ users }, body) => {
    await users.delete(readName('name', body));
    return {};
  },
  'POST /failover': async (controls, body) => {
    await controls.failOver(readName('instance', body));
    return {};
  },
  'POST /restart-instance': async (controls, body) => {
    await controls.restartInstance(readName('instance', body));
    return {};
  },
  'POST /switchover': async (controls, body) => {
    await controls.switchOver(readName('cluster', body));
    return {};
  },
  'POST /promote': async (controls, body) => {
    await controls.promote(readName('cluster', body));
    return {};
  },
  'GET /statistics': (controls) => controls.statistics(),
};

export class ControlService implements HttpService {
  readonly #controls: Controls;

  constructor(controls: Controls) {
    this.#controls = controls;
  }

  async answer(request: HttpRequest): Promise<Answer | undefined> {
    const key = `${request.method} ${request.path}`;
    if (key === 'POST /stop') return this.#stop(request);
    const handler = Object.hasOwn(HANDLERS, key) ? HANDLERS[key] : undefined;
    if (handler === undefined) return undefined;
    refuseBrowsers(request);
    const body = request.method === 'POST' ? parseJson(await request.text()) : undefined;
    try {
      return json(200, await handler(this.#controls, body, request.endpoint));
    } catch (error) {
      throw error instanceof EmulatorError ? refusal(error) : error;
    }
  }

  #stop(request: HttpRequest): Answer {
    refuseBrowsers(request);
    try {
      return { ...json(200, { pid: process.pid }, { connection: 'close' }), sent: this.#controls.stopper() };
    } catch (error) {
      throw error instanceof EmulatorError ? refusal(error) : error;
    }
  }
}

/** Whatever is wrong with an order is its sender's to mend. */
function refusal({ message, hint }: EmulatorError): ApiError {
  return new ApiError(400, hint === undefined ? message : `${message}; ${hint}`);
}
