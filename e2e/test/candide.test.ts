/** The book that the built test server serves out of an archive: its bytes by node:http, its pictures in Chromium. */
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Chromium, chromiumMissing } from './chromium.ts';
import { ServerProcess, serverMissing } from './server-process.ts';

vi.setConfig({ testTimeout: 60_000 });

const archive = readFileSync(new URL('../../apps/test-server/candide.zip', import.meta.url));
let server: ServerProcess | undefined;

beforeAll(async () => {
  if (serverMissing() === undefined) server = await ServerProcess.start();
}, 30_000);

afterAll(async () => {
  await server?.stop();
});

function fetchBook(accept: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const url = `${server?.url}/ziptest/candide.html`;
    get(url, { agent: false, headers: { 'accept-encoding': accept } }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('end', () => resolve(Buffer.concat(pieces)));
    }).on('error', reject);
  });
}

describe.skipIf(serverMissing() !== undefined)('the book, by node:http', () => {
  test('between header and trailer of gzip lie the bytes of the archive', async () => {
    const deflated = (await fetchBook('gzip')).subarray(10, -8);
    expect(deflated.length).toBeGreaterThan(10_000);
    expect(archive.indexOf(deflated)).toBe(30 + 'candide.html'.length);
  });

  test('whoever refuses gzip gets text', async () => {
    expect((await fetchBook('gzip;q=0')).toString()).toContain('cultivate our garden');
  });
});

describe.skipIf((chromiumMissing() ?? serverMissing()) !== undefined)(
  'the book, in Chromium',
  () => {
    test('shows thirty chapters and two pictures, and complains of nothing', async () => {
      const chromium = await Chromium.launch();
      try {
        const page = await chromium.newPage();
        await page.goto(`${server?.url}/ziptest/candide.html`, { waitUntil: 'load' });
        const widths = await page
          .locator('img')
          .evaluateAll((images) =>
            images.map((one) => (one as unknown as { naturalWidth: number }).naturalWidth),
          );
        expect(widths).toEqual([320, 320]);
        expect(await page.locator('h2').count()).toBe(30);
        expect(chromium.takeComplaints()).toEqual([]);
      } finally {
        await chromium.close();
      }
    });
  },
);
