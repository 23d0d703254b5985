import { chromium, type Browser, type Page } from 'playwright-core';
import { findChromium } from '../shared/testing/chromium';
import { RunningPlatform } from './testing/running-platform';

const TIMEOUT_MS = 120_000;

let platform: RunningPlatform;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  platform = await RunningPlatform.start();
  // The sandbox does not start as root, which is what containers of CI run as.
  browser = await chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--host-resolver-rules=MAP other.example 127.0.0.1'],
  });
  page = await browser.newPage();
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // That an operation was refused is in the console too.
    if (message.type() === 'error' && !message.text().includes('the server responded with a status of 4'))
      complaints.push(message.text());
  });
}, TIMEOUT_MS);

afterAll(async () => {
  await browser?.close();
  await platform?.stop();
  await platform?.dispose();
}, TIMEOUT_MS);

/** The page anew, which knows no key but this. */
async function open(key?: string, origin = platform.api): Promise<void> {
  await page.goto(`${origin}/docs`);
  await page.locator('.opblock-tag').first().waitFor();
  for (const tag of await page.locator('.opblock-tag').all()) await tag.click();
  if (key === undefined) return;
  await page.locator('.auth-wrapper .authorize').first().click();
  await page.locator('.auth-container input').fill(key);
  await page.locator('.auth-btn-wrapper .authorize').click();
  await page.locator('.auth-btn-wrapper .btn-done').click();
}

/** Tries an operation; answers the status that the page shows. Parameters that have no example get a name. */
async function tried(operationId: string, body?: string): Promise<number> {
  const block = page.locator(`.opblock[id$="-${operationId}"]`);
  await block.locator('.opblock-summary-control').click();
  await block.locator('.try-out__btn').click();
  for (const field of await block.locator('tr[data-param-in="path"] input').all()) await field.fill('nobody');
  if (body !== undefined) await block.locator('textarea.body-param__text').fill(body);
  await block.locator('.execute').click();
  const status = block.locator('.live-responses-table .response .response-col_status').first();
  return parseInt(await status.innerText(), 10);
}

test(
  'operations of every port can be tried from the page, with a key where they want one',
  async () => {
    await open();
    expect(await tried('getAudiences')).toBe(401);
    expect(await tried('postEvents')).toBe(401);
    expect(await tried('getPixel')).toBe(200);
    expect(await tried('postOpenrtb2')).toBe(404);

    await open(platform.adminToken);
    expect(await tried('getAudiences')).toBe(200);
    expect(await tried('postExplain')).toBe(404);

    await platform.call('POST', '/v1/publishers', { id: 'daily', name: 'Daily', domains: ['daily.example'] });
    const { key } = await platform.call<{ key: string }>('POST', '/v1/keys', { role: 'publisher:daily' });
    await open(key);
    const event = { id: 'tried', identities: ['customer:daily:7'], type: 'purchase' };
    expect(await tried('postEvents', JSON.stringify({ events: [event] }))).toBe(202);
    expect(complaints).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  'localhost is this host too; under a name that the other ports do not have, nothing can be tried there',
  async () => {
    await open(undefined, `http://localhost:${platform.ports.api}`);
    expect(await tried('postEvents')).toBe(401);
    await open(undefined, `http://other.example:${platform.ports.api}`);
    for (const [operationId, buttons] of [
      ['getAudiences', 1],
      ['postEvents', 0],
    ] as const) {
      const block = page.locator(`.opblock[id$="-${operationId}"]`);
      await block.locator('.opblock-summary-control').click();
      await block.locator('.responses-wrapper').waitFor();
      expect(await block.locator('.try-out__btn').count()).toBe(buttons);
    }
  },
  TIMEOUT_MS,
);
