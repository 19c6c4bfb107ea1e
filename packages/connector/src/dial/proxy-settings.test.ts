// What readProxySettings makes of an environment.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { ConnectorError } from '../errors.ts';
import { readProxySettings } from './proxy-settings.ts';
import { describeRoute } from './route.ts';

type Env = Readonly<Record<string, string>>;

const data = { host: '10.0.0.5', port: 5433 };
const api = new URL('https://alloydb.googleapis.com/v1');

function dataRoute(env: Env, options = {}): string {
  return describeRoute(readProxySettings(env, options).routeForData(data));
}

function urlRoute(env: Env, url: string | URL = api): string {
  return describeRoute(readProxySettings(env).routeForUrl(new URL(url)));
}

function names(url: string): string {
  const route = readProxySettings({ ALL_PROXY: url }).routeForData(data);
  return route.via === 'socks5' ? route.names : assert.fail();
}

function refusal(env: Env, options = {}): ConnectorError {
  try {
    readProxySettings(env, options);
  } catch (error) {
    assert.ok(error instanceof ConnectorError);
    assert.equal(error.code, 'INVALID_OPTION');
    return error;
  }
  return assert.fail('nothing was refused');
}

test('readProxySettings goes directly without any variable, or with empty ones', () => {
  assert.equal(dataRoute({}), 'directly');
  assert.equal(urlRoute({}), 'directly');
  assert.equal(dataRoute({ ALL_PROXY: '', all_proxy: ' ' }), 'directly');
});

test('readProxySettings takes ALL_PROXY for data and HTTPS_PROXY for the APIs', () => {
  const env = { ALL_PROXY: 'socks5://10.0.0.1:1080', HTTPS_PROXY: 'http://proxy.test:3128' };
  assert.equal(dataRoute(env), 'through the SOCKS5 proxy 10.0.0.1:1080');
  assert.equal(urlRoute(env), 'through the HTTP proxy proxy.test:3128');
});

test('readProxySettings prefers capitals to small letters', () => {
  assert.equal(dataRoute({ all_proxy: 'socks5://b:1', ALL_PROXY: 'socks5://a:1' }), 'through the SOCKS5 proxy a:1');
  assert.equal(dataRoute({ all_proxy: 'socks5://b:1' }), 'through the SOCKS5 proxy b:1');
  assert.equal(urlRoute({ https_proxy: 'http://b:1' }), 'through the HTTP proxy b:1');
});

test('readProxySettings knows the default port of each scheme', () => {
  assert.equal(urlRoute({ HTTPS_PROXY: 'http://p' }), 'through the HTTP proxy p:80');
  assert.equal(urlRoute({ HTTPS_PROXY: 'https://p' }), 'through the HTTPS proxy p:443');
  assert.equal(urlRoute({ HTTPS_PROXY: 'socks5://p' }), 'through the SOCKS5 proxy p:1080');
  assert.equal(urlRoute({ HTTPS_PROXY: 'SOCKS5H://[fd00::1]/' }), 'through the SOCKS5 proxy [fd00::1]:1080');
});

test('readProxySettings takes a bare HOST:PORT in HTTPS_PROXY for an HTTP proxy', () => {
  assert.equal(urlRoute({ HTTPS_PROXY: 'proxy.test:3128' }), 'through the HTTP proxy proxy.test:3128');
  assert.match(refusal({ ALL_PROXY: 'proxy.test:1080' }).message, /ALL_PROXY/);
});

test('readProxySettings tells socks5 from socks5h by who resolves names', () => {
  assert.equal(names('socks5://p'), 'local');
  assert.equal(names('socks5h://p'), 'remote');
});

test('readProxySettings leaves an HTTP proxy in ALL_PROXY alone', () => {
  assert.equal(dataRoute({ ALL_PROXY: 'http://p:3128' }), 'directly');
});

test('readProxySettings takes HTTPS_PROXY for data when asked, and then wants one', () => {
  const options = { httpConnectForData: true };
  const env = { HTTPS_PROXY: 'http://p:3128', ALL_PROXY: 'socks5://s' };
  assert.equal(dataRoute(env, options), 'through the HTTP proxy p:3128');
  assert.match(refusal({ ALL_PROXY: 'socks5://s' }, options).message, /HTTPS_PROXY is not set/);
  assert.match(refusal({ HTTPS_PROXY: 'socks5://s' }, options).message, /HTTPS_PROXY is a SOCKS5 proxy/);
});

test('readProxySettings takes HTTP_PROXY for http targets only', () => {
  const env = { HTTP_PROXY: 'http://p:3128' };
  assert.equal(urlRoute(env), 'directly');
  assert.equal(urlRoute(env, 'http://emulator.test:9000/'), 'through the HTTP proxy p:3128');
  assert.equal(urlRoute({ HTTPS_PROXY: 'http://p:3128' }, 'http://emulator.test:9000/'), 'directly');
});

test('readProxySettings never sends loopback or the metadata server through a proxy of the APIs', () => {
  const env = { HTTPS_PROXY: 'http://p', HTTP_PROXY: 'http://p' };
  const hosts = [
    'localhost',
    '127.0.0.1',
    '127.9.9.9',
    '[::1]',
    '169.254.169.254',
    'metadata.google.internal',
    '[fd20:ce::254]',
  ];
  for (const host of hosts) {
    assert.equal(urlRoute(env, `http://${host}:8080/`), 'directly');
    assert.equal(urlRoute(env, `https://${host}/`), 'directly');
  }
});

test('readProxySettings honours NO_PROXY for data and the APIs, with the default port of the URL', () => {
  const env = { ALL_PROXY: 'socks5://s', HTTPS_PROXY: 'http://p', NO_PROXY: '10.0.0.0/8,googleapis.com:443' };
  assert.equal(dataRoute(env), 'directly');
  assert.equal(urlRoute(env), 'directly');
  assert.equal(urlRoute(env, 'https://alloydb.googleapis.com:8443/'), 'through the HTTP proxy p:80');
});

test('readProxySettings reads the environment once', () => {
  const env: Record<string, string> = { ALL_PROXY: 'socks5://a' };
  const settings = readProxySettings(env);
  env['ALL_PROXY'] = 'socks5://b';
  assert.equal(describeRoute(settings.routeForData(data)), 'through the SOCKS5 proxy a:1080');
});

const unusable: readonly (readonly [url: string, reason: RegExp])[] = [
  ['ftp://user:hunter2@p', /its scheme "ftp"/],
  ['http://', /not a URL of a host/],
  ['socks5://', /names no host/],
  ['socks5://:1080', /not a URL of a host|names no host/],
  ['http://user:hunter2@p:99999', /not a URL of a host/],
  ['http://user:hunter2@p:0', /its port is 0/],
  ['http://user:hunter2%zz@p', /not percent-encoded/],
  ['http://user:12/hunter2@p:3128', /something follows/],
  ['http://user:12#hunter2@p:3128', /something follows/],
  ['socks5://user:12?hunter2@p:3128', /something follows/],
  [`socks5://user:hunter2${'x'.repeat(300)}@p`, /255 bytes/],
];

for (const variable of ['ALL_PROXY', 'https_proxy', 'HTTP_PROXY']) {
  for (const [url, reason] of unusable) {
    test(`readProxySettings refuses ${variable}=${url.slice(0, 40)} without its password`, () => {
      const error = refusal({ [variable]: url });
      assert.match(error.message, new RegExp(`the proxy that ${variable} names`));
      assert.match(error.message, reason);
      assert.doesNotMatch(inspect(error, { depth: 5, showHidden: true }) + String(error.hint), /hunter2/);
    });
  }
}

test('a Route keeps user and password out of util.inspect, JSON and describeRoute', () => {
  const { routeForUrl } = readProxySettings({ HTTPS_PROXY: 'http://us%40er:hunter2@p' });
  const route = routeForUrl(api);
  const seen = inspect(route, { depth: 5, showHidden: true }) + JSON.stringify(route) + describeRoute(route);
  assert.doesNotMatch(seen, /hunter2|us@er|us%40er/);
  assert.ok(route.via === 'http-connect');
  const expected = `Basic ${Buffer.from('us@er:hunter2').toString('base64')}`;
  assert.equal(route.proxy.credentials?.basic(), expected);
});
