import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { answered, echo, openHttp, statuses } from './open-http.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
/** A folder whose name ends as that of a page does. */
const folder = join(mkdtempSync(join(tmpdir(), 'error-documents-')), '404.html');
mkdirSync(folder);
afterAll(() => rmSync(dirname(folder), { recursive: true }));
const page = { type: 'text/plain', body: 'gone \u00e9' };

test('stand for the pages of the house: nobody answered, and refusals', async () => {
  const errorDocuments = { 404: page, 400: { type: 'application/x', body: Uint8Array.of(1, 2) } };
  const { connect } = await openHttp(() => undefined, { errorDocuments });
  const { peer } = await connect();
  await peer.send(get);
  expect(statuses(peer.text)).toEqual([404]);
  expect(peer.text).toContain('content-type: text/plain\r\n');
  expect(peer.text).toContain('cache-control: no-store\r\n');
  expect(peer.text.endsWith('content-length: 7\r\n\r\ngone \u00c3\u00a9')).toBe(true);
  peer.take();
  await peer.send('x');
  expect(statuses(peer.text)).toEqual([400]);
  expect(peer.text.endsWith('\u0001\u0002')).toBe(true);
});

test('do not replace what a program answers, and no other status', async () => {
  const { connect } = await openHttp(
    (exchange) => {
      exchange.reply(404, [], 'mine');
      return answered;
    },
    { errorDocuments: { 404: page } },
  );
  const { peer } = await connect();
  await peer.send(`${get}x`);
  expect(peer.text).toContain('\r\n\r\nmine');
  expect(peer.text).toContain('<h1>400</h1>');
});

test('are read from a file when the vhost is made', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'error-documents-'));
  const path = join(folder, '404.html');
  writeFileSync(path, '<p>none');
  const { connect } = await openHttp(() => undefined, { errorDocuments: { 404: path } });
  rmSync(folder, { recursive: true });
  const { peer } = await connect();
  await peer.send(get.replace('GET', 'HEAD') + get);
  expect(peer.text.split('content-type: text/html; charset=utf-8\r\n')).toHaveLength(3);
  expect(peer.text.match(/<p>none/g)).toHaveLength(1);
});

test.each([
  ['no record', 'x'],
  ['a Map', new Map([[404, page]])],
  ['a status that is no error', { 200: page }],
  ['no status', { x: page }],
  ['a file that is not there', { 404: '/nowhere/404.html' }],
  ['what is no file', { 404: folder }],
  ['a file of no known type', { 404: '/etc/passwd' }],
  ['no body', { 404: { type: 'text/html' } }],
  ['a type that splits the answer', { 404: { type: 'a\r\nb: c', body: '' } }],
  ['too much', { 404: { type: 'text/html', body: 'x'.repeat(32_769) } }],
])('%s is refused at creation', async (_what, errorDocuments) => {
  await expect(openHttp(echo, { errorDocuments: errorDocuments as never })).rejects.toMatchObject({
    code: 'LWS_ERR_OPTION',
  });
});

test.skipIf(process.platform === 'win32')('a FIFO is refused, not waited for', async () => {
  const path = join(folder, 'fifo.html');
  execFileSync('mkfifo', [path]);
  await expect(openHttp(echo, { errorDocuments: { 404: path } })).rejects.toMatchObject({
    code: 'LWS_ERR_OPTION',
  });
});
