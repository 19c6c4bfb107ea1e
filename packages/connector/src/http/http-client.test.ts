// createHttpClient and createAgentFor, directly and through proxies, against real servers in this process.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type RequestListener } from 'node:http';
import { createServer as createSecureServer, get as getSecurely } from 'node:https';
import type { LookupFunction } from 'node:net';
import { after, before, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { TimeLimitError } from '../abort.ts';
import { OutboundProxyError } from '../dial/proxy-error.ts';
import { readProxySettings } from '../dial/proxy-settings.ts';
import { startConnectProxy } from '../../test/connect-proxy.ts';
import { selfSigned } from '../../test/self-signed.ts';
import { startSocksServer } from '../../test/socks-server.ts';
import { fallSilent, listen, type TcpServer, track } from '../../test/tcp-server.ts';
import { createHttpClient, nodeHttpClient } from './http-client.ts';
import { createAgentFor } from './routed-agent.ts';

const signal = new AbortController().signal;
const call = { method: 'GET', timeoutMs: 5_000, signal } as const;
const hosts = { 'api.test': '127.0.0.1', 'other.test': '127.0.0.1' };
const tls = selfSigned('api.test');

const own = getCACertificates('default');
before(() => setDefaultCACertificates([...own, tls.cert]));
after(() => setDefaultCACertificates(own));

const repeat: RequestListener = (request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += String(chunk)));
  request.on('end', () => {
    const { host, authorization, connection } = request.headers;
    response.end(JSON.stringify({ method: request.method, url: request.url, host, authorization, connection, body }));
  });
};

const lookup: LookupFunction = (_host, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);

const secureApi = (): Promise<TcpServer> => track(createSecureServer(tls, repeat));
const plainApi = (): Promise<TcpServer> => track(createServer(repeat));

test('nodeHttpClient posts a body and closes its connection', async () => {
  await using api = await plainApi();
  const url = new URL(`http://127.0.0.1:${api.port}/token?x=1`);
  const answer = await nodeHttpClient({
    ...call,
    method: 'POST',
    url,
    headers: { authorization: 'Bearer t' },
    body: 'ä=1',
  });
  assert.equal(answer.status, 200);
  assert.deepEqual(JSON.parse(answer.body), {
    method: 'POST',
    url: '/token?x=1',
    host: `127.0.0.1:${api.port}`,
    authorization: 'Bearer t',
    connection: 'close',
    body: 'ä=1',
  });
  await api.untilOpen(0);
});

for (const scheme of ['http', 'socks5h'] as const) {
  test(`createHttpClient verifies an https target within the tunnel of an ${scheme} proxy`, async () => {
    await using api = await secureApi();
    await using proxy = scheme === 'http' ? await startConnectProxy({ hosts }) : await startSocksServer({ hosts });
    const { routeForUrl: routeFor } = readProxySettings({ HTTPS_PROXY: `${scheme}://127.0.0.1:${proxy.port}` });
    const client = createHttpClient({ routeFor });
    const answer = await client({ ...call, url: new URL(`https://api.test:${api.port}/`) });
    assert.equal(answer.status, 200);
    assert.match(answer.body, new RegExp(`"host":"api.test:${api.port}"`));
    const other = client({ ...call, url: new URL(`https://other.test:${api.port}/`) });
    await assert.rejects(other, { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    assert.equal(proxy.asked.length, 2);
    await api.untilOpen(0);
  });
}

test('createHttpClient speaks TLS with an https target within TLS with an HTTPS proxy', async () => {
  await using api = await secureApi();
  await using proxy = await startConnectProxy({ hosts, tls, login: 'a:b' });
  const { routeForUrl: routeFor } = readProxySettings({ HTTPS_PROXY: `https://a:b@api.test:${proxy.port}` });
  const client = createHttpClient({ routeFor, lookup });
  assert.equal((await client({ ...call, url: new URL(`https://api.test:${api.port}/`) })).status, 200);
});

test('createHttpClient takes HTTP_PROXY for an http target and goes directly to loopback', async () => {
  await using api = await plainApi();
  await using proxy = await startConnectProxy({ hosts });
  const { routeForUrl: routeFor } = readProxySettings({ HTTP_PROXY: `http://127.0.0.1:${proxy.port}` });
  const client = createHttpClient({ routeFor });
  assert.equal((await client({ ...call, url: new URL(`http://api.test:${api.port}/`) })).status, 200);
  assert.equal((await client({ ...call, url: new URL(`http://127.0.0.1:${api.port}/`) })).status, 200);
  assert.deepEqual(proxy.asked, [`api.test:${api.port}`]);
});

test('createHttpClient rejects with what the proxy says', async () => {
  await using proxy = await startConnectProxy({ login: 'a:b' });
  const { routeForUrl: routeFor } = readProxySettings({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` });
  await assert.rejects(createHttpClient({ routeFor })({ ...call, url: new URL('https://api.test/') }), (error) => {
    assert.ok(error instanceof OutboundProxyError);
    assert.match(error.message, /407 Proxy Authentication Required/);
    return true;
  });
});

test('createHttpClient ends at its time limit, and leaves no socket behind, while the proxy is silent', async () => {
  await using proxy = await startConnectProxy({ silent: true });
  const { routeForUrl: routeFor } = readProxySettings({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` });
  const answer = createHttpClient({ routeFor })({ ...call, timeoutMs: 50, url: new URL('https://api.test/') });
  await assert.rejects(answer, TimeLimitError);
  await proxy.untilOpen(0);
});

test('nodeHttpClient rejects with the reason of its signal, and leaves no socket behind, while the server is silent', async () => {
  await using api = await listen(fallSilent);
  const abort = new AbortController();
  const answer = nodeHttpClient({ ...call, signal: abort.signal, url: new URL(`http://127.0.0.1:${api.port}/`) });
  await api.untilOpen(1);
  const reason = new Error('gone');
  abort.abort(reason);
  await assert.rejects(answer, reason);
  await api.untilOpen(0);
});

test('nodeHttpClient leaves no socket behind when a request cannot be written', async () => {
  await using api = await plainApi();
  const url = new URL(`http://127.0.0.1:${api.port}/`);
  await assert.rejects(nodeHttpClient({ ...call, url, headers: { 'bad header': 'x' } }), {
    code: 'ERR_INVALID_HTTP_TOKEN',
  });
  await api.untilOpen(0);
});

test('nodeHttpClient rejects an answer that breaks off', async () => {
  await using api = await listen((socket) => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'));
  });
  await assert.rejects(nodeHttpClient({ ...call, url: new URL(`http://127.0.0.1:${api.port}/`) }), /aborted/);
});

test("createAgentFor takes a library's requests along the same routes, and tells why one failed", async () => {
  await using secure = await secureApi();
  await using plain = await plainApi();
  await using proxy = await startSocksServer({ hosts });
  const through = `socks5h://127.0.0.1:${proxy.port}`;
  const { routeForUrl: routeFor } = readProxySettings({ HTTPS_PROXY: through, HTTP_PROXY: through });
  const agentFor = createAgentFor({ routeFor });
  for (const { port, protocol, start } of [
    { port: secure.port, protocol: 'https', start: getSecurely },
    { port: plain.port, protocol: 'http', start: get },
  ]) {
    const url = new URL(`${protocol}://api.test:${port}/`);
    const [response] = await once(start(url, { agent: agentFor(url) }), 'response');
    assert.equal(response.statusCode, 200);
    response.resume();
    await once(response, 'end');
    const lost = new URL(`${protocol}://nowhere.test:${port}/`);
    await assert.rejects(once(start(lost, { agent: agentFor(lost) }), 'response'), OutboundProxyError);
  }
  assert.equal(proxy.asked.length, 4);
  await proxy.untilOpen(0);
});
