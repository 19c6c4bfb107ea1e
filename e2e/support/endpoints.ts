// The HTTP endpoints of a running proxy, asked the way probes and scripts do.

import assert from 'node:assert/strict';
import type { ProxyProcess } from './proxy-process.ts';

export const healthFlags = ['--health-check', '--http-port', '0'];
export const quitFlags = ['--quitquitquit', '--admin-port', '0'];

/** Status and text: `200 ok`. */
export async function askHealth(proxy: ProxyProcess, path: string): Promise<string> {
  const response = await fetch(`http://localhost:${portIn(proxy, 'Starting health check server')}${path}`);
  return `${response.status} ${await response.text()}`;
}

/** Status of a request to end the proxy. */
export async function askToQuit(proxy: ProxyProcess, init: RequestInit = {}): Promise<number> {
  const port = portIn(proxy, 'Enabling quitquitquit endpoint');
  const response = await fetch(`http://localhost:${port}/quitquitquit`, init);
  await response.text();
  return response.status;
}

function portIn({ stdout }: ProxyProcess, line: string): string {
  const [, port] = new RegExp(`${line} at localhost:(\\d+)`).exec(stdout) ?? [];
  return port ?? assert.fail(`the proxy did not say "${line}"`);
}

/** The whole text of /metrics. */
export async function scrape({ stdout }: ProxyProcess): Promise<string> {
  const [, url] = /Serving metrics at (\S+)/.exec(stdout) ?? [];
  const response = await fetch(url ?? assert.fail('the proxy serves no metrics'));
  assert.equal(response.status, 200);
  return response.text();
}

/** Values by name and labels, as they are written. */
export function metricsOf(text: string): ReadonlyMap<string, number> {
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}
