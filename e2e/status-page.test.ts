// The status page in a real browser: its figures are those of /metrics, and it ends the session that it is told to.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Browser, chromium } from 'playwright-core';
import { openPostgresJs } from './support/clients.ts';
import { metricsOf, scrape } from './support/endpoints.ts';
import { runProxy } from './support/proxy-process.ts';
import { setUp } from './support/setting.ts';
import { skipUnlessInstalled } from './support/tools.ts';
import { until } from './support/until.ts';

const pageFlags = ['--status-page', '--admin-port', '0', '--prometheus', '--http-port', '0'];
const limit = { timeout: 60_000 };

function startBrowser(): Promise<Browser> {
  // Chromium's sandbox does not work for root.
  const chromiumSandbox = process.getuid?.() !== 0;
  return chromium.launch({ executablePath: '/usr/bin/chromium', chromiumSandbox });
}

test('The status page shows what /metrics says, ends a session, and asks nobody but its own server', {
  skip: skipUnlessInstalled('chromium'),
}, async () => {
  await using setting = await setUp();
  const { instance, emulator, folder } = setting;
  const unknown = instance.replace('primary', 'primray');
  const proxy = await setting.startProxy(...pageFlags, instance, unknown);
  const sql = openPostgresJs({ port: proxy.ports[0] ?? 0, ...emulator.superuser });
  await sql`select repeat('x', 1500000)`;
  const [, port = ''] = /Serving the status page at http:\/\/localhost:(\d+)\//.exec(proxy.stdout) ?? [];
  const { stdout: url } = await runProxy(['status', '--url', '--admin-port', port]);
  assert.match(url, /^http:\/\/localhost:\d+\/#\S{43}\n$/);

  await using browser = await startBrowser();
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, colorScheme: 'light' });
  const troubles: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol !== 'data:' && hostname !== 'localhost') troubles.push(request.url());
  });
  await page.goto(url.trim());
  assert.equal(new URL(page.url()).hash, '', 'the secret leaves the address');
  const card = page.locator('article', { hasText: 'local.us-central1.demo.primary' });
  await card.getByText('1 connected, 0 dialling, 0 waiting').waitFor(limit);
  const bytes = [...metricsOf(await scrape(proxy))].find(
    ([key]) => key.startsWith('alloydbconn_bytes_received{') && key.includes('.primary"'),
  );
  assert.ok((bytes?.[1] ?? 0) > 1_500_000);
  await card.getByText(`${((bytes?.[1] ?? 0) / 1e6).toFixed(1)} MB to them`).waitFor(limit);
  const life = await card.locator('meter').evaluate((meter) => Reflect.get(meter, 'value') as number);
  assert.ok(life > 0.5);
  await page
    .locator('#errors', { hasText: 'primray' })
    .getByText(/^hint: /)
    .waitFor(limit);
  await page.locator('#traffic[data-samples]:not([data-samples="0"]) canvas').waitFor(limit);

  const shots = process.env['ALLOYDB_E2E_SCREENSHOTS'] ?? folder;
  await page.screenshot({ path: join(shots, 'light.png'), fullPage: true });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.screenshot({ path: join(shots, 'dark.png'), fullPage: true });
  await page.setViewportSize({ width: 360, height: 740 });
  // Nothing is wider than a phone, once the charts have been drawn anew.
  await until(async () => Number(await page.evaluate('document.documentElement.scrollWidth')) <= 360);
  await page.screenshot({ path: join(shots, 'phone.png'), fullPage: true });

  page.on('dialog', (dialog) => void dialog.accept());
  await page.getByRole('button', { name: 'End session 1' }).press('Enter');
  await page.getByText('Session 1 was ended.').waitFor(limit);
  await card.getByText('0 connected').waitFor(limit);
  await proxy.waitFor('closed the connection: an administrator asked for it');
  assert.deepEqual(troubles, []);
  await sql.end();
});

test('The status page opened without the secret shows all and ends nothing', {
  skip: skipUnlessInstalled('chromium'),
}, async () => {
  await using setting = await setUp();
  const proxy = await setting.startProxy(...pageFlags, setting.instance);
  const sql = openPostgresJs({ port: proxy.port, ...setting.emulator.superuser });
  await sql`select 1`;
  const [, address = ''] = /Serving the status page at (\S+)/.exec(proxy.stdout) ?? [];
  await using browser = await startBrowser();
  const page = await browser.newPage();
  await page.goto(address);
  await page.getByText('1 connected').waitFor(limit);
  await page.getByText('alloydb-auth-proxy status --url').waitFor(limit);
  assert.equal(await page.getByRole('button').count(), 0);
  assert.equal(await page.evaluate("fetch('/sessions/1/end', { method: 'POST' }).then(({ status }) => status)"), 401);
  await sql.end();
});
