import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, setLogLevel } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { httpMounts } from '@lws-ts/http-mounts';
import { postDemo } from '@lws-ts/protocols/post-demo';
import { connectRawPeer, VirtualClock } from '@lws-ts/test-kit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const urlencoded = 'application/x-www-form-urlencoded';
const multipart = 'multipart/form-data; boundary=b';
const logged: string[] = [];
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'post-demo-'));
  logged.length = 0;
  setLogLevel(7, (_level, line) => logged.push(line));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function openDemo(options: Parameters<typeof postDemo.with>[0] = {}) {
  const context = await createContext({
    use: [http(), httpMounts()],
    clock: new VirtualClock(),
    port: -1,
    protocols: [postDemo.with(options)],
    mounts: [{ mountpoint: '/formtest', origin: 'callback://protocol-post-demo' }],
  });
  const [vhost] = context.vhosts;
  if (vhost === undefined) throw new Error('no vhost');
  return { context, peer: (await connectRawPeer(vhost)).peer };
}

function post(type: string, body: string, length: number = body.length): string {
  return (
    `POST /formtest HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\n` +
    `Content-Length: ${length}\r\n\r\n${body}`
  );
}

function part(name: string, content: string, filename?: string): string {
  const file = filename === undefined ? '' : `; filename="${filename}"`;
  return `--b\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${content}\r\n`;
}

test('answers with the parameters, escaped', async () => {
  const { peer } = await openDemo();
  await peer.send(post(urlencoded, 'text=%3Cb%3E%22%26&other=1'));
  const answer = peer.text;
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(answer).toContain(
    '<tr><th scope="row">text</th><td>&#60;b&#62;&#34;&#38;</td><td>5</td></tr>',
  );
  expect(answer).toContain('<tr><th scope="row">send</th><td><em>not sent</em></td><td>');
  expect(answer).not.toContain('other');
  expect(answer).not.toContain('stylesheet');
});

test('tells the name and size of each file, and keeps none without a directory', async () => {
  const { peer } = await openDemo({ stylesheet: '/a"b.css' });
  const body = `${part('text', 'hi')}${part('file', 'x'.repeat(3000), '../<i>.txt')}${part('file', '', '')}--b--`;
  await peer.send(post(multipart, body));
  expect(peer.text).toContain('&#60;i&#62;.txt<br><small>text/plain</small></td><td>3000</td>');
  expect(peer.text).toContain(
    '<em>no file chosen</em><br><small>text/plain</small></td><td>0</td>',
  );
  expect(peer.text).toContain('<th scope="row">file</th><td><em>a file, see below</em></td>');
  expect(peer.text).toContain('<th scope="row">upload</th><td><em>not sent</em></td>');
  expect(peer.text).toContain('<link rel="stylesheet" href="/a&#34;b.css">');
  expect(peer.text).not.toContain('kept as');
});

test('a field for a file without one is not sent', async () => {
  const { peer } = await openDemo();
  await peer.send(post(multipart, `${part('file', '', '')}--b--`));
  expect(peer.text).toContain('<th scope="row">file</th><td><em>not sent</em></td>');
});

test('keeps files under new names in uploadDir, for their owner alone', async () => {
  const { peer } = await openDemo({ uploadDir: folder });
  await peer.send(
    post(multipart, `${part('file', 'one', '../../a')}${part('file', 'two', 'b')}--b--`),
  );
  expect(peer.text).toMatch(/^HTTP\/1\.1 200 /);
  const kept = readdirSync(folder);
  expect(kept.map((name) => readFileSync(join(folder, name), 'latin1')).sort()).toEqual([
    'one',
    'two',
  ]);
  for (const name of kept) {
    expect(name).toMatch(/^post-[0-9a-f-]{36}$/);
    expect(peer.text).toContain(name);
    if (process.platform !== 'win32') expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  }
});

test('of a form that breaks off nothing is kept', async () => {
  const { peer } = await openDemo({ uploadDir: folder });
  const body = `${part('file', 'one', 'a')}${part('file', 'two', 'b')}`;
  await peer.send(post(multipart, body, 10_000));
  expect(readdirSync(folder).length).toBe(2);
  await peer.reset();
  expect(readdirSync(folder)).toEqual([]);
});

const file = (size: number): string => part('file', 'x'.repeat(size), 'a');

describe.each([
  ['LWS_ERR_FORM_TYPE', 415, 'application/json', '{}'],
  ['LWS_ERR_FORM_BOUNDARY', 400, 'multipart/form-data', 'x'],
  ['LWS_ERR_FORM_PERCENT', 400, urlencoded, 'text=%zz'],
  ['LWS_ERR_FORM_UTF8', 400, urlencoded, 'text=%ff'],
  ['LWS_ERR_FORM_FIELD_BYTES', 413, urlencoded, `text=${'x'.repeat(1025)}`],
  ['LWS_ERR_FORM_FIELDS', 413, urlencoded, 'a&'.repeat(1001)],
  ['LWS_ERR_FORM_NAME_BYTES', 413, urlencoded, 'x'.repeat(101)],
  ['LWS_ERR_FORM_STORAGE', 413, urlencoded, `text=${'x'.repeat(1000)}&`.repeat(20)],
  ['LWS_ERR_FORM_FILES', 413, multipart, `${file(1).repeat(5)}--b--`],
  ['LWS_ERR_FORM_FILE_BYTES', 413, multipart, `${file(2001)}--b--`],
  ['LWS_ERR_FORM_PART_HEADER_BYTES', 413, multipart, part('x'.repeat(1024), '')],
  ['LWS_ERR_FORM_BYTES', 413, multipart, `${part('other', 'x'.repeat(80_000))}--b--`],
  ['LWS_ERR_FORM_DISPOSITION', 400, multipart, '--b\r\n\r\nx\r\n--b--'],
  ['LWS_ERR_FORM_PART_HEADER', 400, multipart, '--b\r\nx\r\n\r\n--b--'],
  [
    'LWS_ERR_FORM_PART_CODING',
    415,
    multipart,
    '--b\r\nContent-Transfer-Encoding: base64\r\n\r\n\r\n--b--',
  ],
  ['LWS_ERR_FORM_DELIMITER', 400, multipart, '--bc'],
  ['LWS_ERR_FORM_TRUNCATED', 400, multipart, file(10)],
] as const)('%s', (code, status, type, body) => {
  test(`is answered ${status}, with one log line and one count, and nothing is kept`, async () => {
    const { context, peer } = await openDemo({ uploadDir: folder, maxFileBytes: 2000 });
    await peer.send(post(type, body));
    expect(peer.text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(context.counters.refused.get(code)).toBe(1);
    expect(logged.filter((line) => line.includes(code)).length).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('a file that cannot be made is 500, with its error in the log', async () => {
  const { context, peer } = await openDemo({ uploadDir: folder });
  const body = `${file(1)}${file(1)}--b--`;
  const one = body.length / 2;
  await peer.send(post(multipart, body).slice(0, -one));
  // the one that is there already cannot be deleted any more either
  rmSync(folder, { recursive: true });
  await peer.send(body.slice(-one));
  expect(peer.text).toMatch(/^HTTP\/1\.1 500 /);
  expect([...context.counters.refused]).toEqual([['LWS_ERR_FORM_IO', 1]]);
  expect(logged.filter((line) => /LWS_ERR_FORM_IO.*ENOENT/.test(line))).toHaveLength(1);
  mkdirSync(folder);
});

test('is for POST with a body', async () => {
  const { peer } = await openDemo();
  await peer.send('GET /formtest HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(peer.text).toMatch(/^HTTP\/1\.1 405 .*\r\nallow: POST\r\n/is);
  await peer.send('POST /formtest HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(peer.text).toContain('HTTP/1.1 411 ');
});

test('forms on one connection are told apart', async () => {
  const { peer } = await openDemo();
  await peer.send(post(urlencoded, 'text=one') + post(urlencoded, 'send=two'));
  const [, first, second] = peer.text.split('HTTP/1.1 200 ');
  expect(first).toContain('<td>one</td>');
  expect(second).toContain('<td>two</td>');
  expect(second).not.toContain('one');
});

test.each([
  [{ uploadDir: '/there/is/no/such/directory' }, /uploadDir .*ENOENT/],
  [{ uploadDir: '' }, /uploadDir .*ENOENT/],
  [{ uploadDir: process.execPath }, /uploadDir .*ENOTDIR/],
  [{ maxFileBytes: -1 }, /maxFileBytes/],
])('%j fails the vhost', async (options, message) => {
  await expect(openDemo(options)).rejects.toThrow(message);
});
