import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { VirtualClock } from '@lws-ts/test-kit';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { basicCredentials } from '../src/login-file.ts';
import { FakeExchange } from './fake-exchange.ts';
import { diskRoot, Mounted } from './mounted.ts';
import { get, logged, openCallback } from './open-callback.ts';

const root = diskRoot({ 'a.txt': 'secret' });
const file = join(diskRoot({}), 'logins');
const mount = { mountpoint: '/', origin: `file://${root}`, basicAuthLoginFile: file };
const hash = (name: 'sha256' | 'sha512', text: string): string =>
  createHash(name).update(text).digest('base64');
const basic = (credentials: string | Uint8Array): string =>
  `Basic ${Buffer.from(credentials).toString('base64')}`;

const lines = [
  '# the first of all',
  '#gus:grape',
  'ann:apple',
  `bob:{SHA256}${hash('sha256', 'banana')}`,
  `cid:{SHA512}${hash('sha512', 'cherry')}`,
  'dora:with:colon',
  'eve:',
  'fay: spaced ',
  'jürgen:größe',
  '',
  'noColon',
  `short:{SHA256}${Buffer.from('short').toString('base64')}`,
];

let clock: VirtualClock;
let mounted: Mounted;
beforeEach(() => {
  writeFileSync(file, lines.join('\r\n'));
  clock = new VirtualClock();
  mounted = new Mounted([mount], { clock });
});

const ask = (authorization?: string) =>
  mounted.ask({
    path: '/a.txt',
    fields: authorization === undefined ? [] : [['authorization', authorization]],
  });

describe('is let in', () => {
  test.each([
    'ann:apple',
    'bob:banana',
    'cid:cherry',
    'dora:with:colon',
    'eve:',
    'fay: spaced ',
    'jürgen:größe',
  ])('%s', async (credentials) => {
    const answer = await ask(basic(credentials));
    expect([answer.status, answer.text, answer.reported]).toEqual([200, 'secret', []]);
  });

  test('whatever the case of the scheme', async () => {
    expect((await ask(basic('ann:apple').replace('Basic', 'bASIC '))).status).toBe(200);
  });
});

describe('is answered 401 with a challenge', () => {
  test('who says no name, and nothing is reported', async () => {
    const answer = await ask();
    expect(answer.status).toBe(401);
    expect(answer.fields.get('www-authenticate')).toBe('Basic realm="default", charset="UTF-8"');
    expect(answer.text).not.toContain('secret');
    expect(answer.reported).toEqual([]);
  });

  test.each([
    ['a wrong password', basic('ann:pear')],
    ['a wrong name', basic('anne:apple')],
    ['another case', basic('Ann:apple')],
    ['the end of a line alone', basic('n:apple')],
    ['the password of another', basic('ann:banana')],
    ['a password and more', basic('ann:apple ')],
    ['a password and a line more', basic('ann:apple\r\nbob:x')],
    ['a password without its blanks', basic('fay:spaced')],
    ['a digest in place of the password', basic(`bob:{SHA256}${hash('sha256', 'banana')}`)],
    ['a digest of another length', basic('short:short')],
    ['a line without a colon', basic('noColon')],
    ['a comment', basic('# the first of all:')],
    ['a line that was made a comment', basic('#gus:grape')],
    ['nothing', basic('')],
    ['a colon', basic(':')],
    ['another scheme', 'Bearer YW5uOmFwcGxl'],
    ['no base64', 'Basic ann:apple'],
    ['base64 that is cut', 'Basic YW5uOmFwcGx'],
    ['a name of 16 KiB', basic(`${'a'.repeat(16_384)}:apple`)],
  ])('%s', async (_what, authorization) => {
    const answer = await ask(authorization);
    expect([answer.status, answer.reported]).toEqual([401, ['LWS_ERR_MOUNT_LOGIN']]);
    expect(answer.fields.has('www-authenticate')).toBe(true);
  });
});

describe('the file', () => {
  test('that is not there, or too large, lets nobody in', async () => {
    rmSync(file);
    const answer = await ask(basic('ann:apple'));
    expect([answer.status, answer.reported]).toEqual([500, ['LWS_ERR_MOUNT_LOGIN_FILE']]);
    writeFileSync(file, `ann:apple\n${'x'.repeat(1024 * 1024)}`);
    await clock.advance(1000);
    expect((await ask(basic('ann:apple'))).status).toBe(500);
  });

  test.skipIf(process.platform === 'win32')(
    'that is a FIFO or a directory: nobody waits for it',
    async () => {
      for (const make of [() => execFileSync('mkfifo', [file]), () => mkdirSync(file)]) {
        rmSync(file, { recursive: true });
        make();
        await clock.advance(1000);
        const answer = await ask(basic('ann:apple'));
        expect([answer.status, answer.reported]).toEqual([500, ['LWS_ERR_MOUNT_LOGIN_FILE']]);
      }
      rmSync(file, { recursive: true });
      writeFileSync(file, 'ann:apple');
      await clock.advance(1000);
      expect((await ask(basic('ann:apple'))).status).toBe(200);
    },
  );

  test('is looked at again after a second', async () => {
    expect((await ask(basic('ann:apple'))).status).toBe(200);
    writeFileSync(`${file}.new`, 'ann:pear\n');
    utimesSync(`${file}.new`, 1, 1);
    renameSync(`${file}.new`, file);
    await clock.advance(999);
    expect((await ask(basic('ann:apple'))).status).toBe(200);
    await clock.advance(1);
    expect((await ask(basic('ann:apple'))).status).toBe(401);
    expect((await ask(basic('ann:pear'))).status).toBe(200);
  });
});

test('a file whose rights or contents changed is read again, even with its old time and length', async () => {
  expect((await ask(basic('ann:apple'))).status).toBe(200);
  utimesSync(file, 1, 1);
  await clock.advance(1000);
  expect((await ask(basic('ann:apple'))).status).toBe(200);
  // a change time has a grain
  await new Promise((resolve) => {
    setTimeout(resolve, 20);
  });
  writeFileSync(file, lines.join('\r\n').replace('ann:apple', 'ann:grape'));
  utimesSync(file, 1, 1);
  await clock.advance(1000);
  expect((await ask(basic('ann:apple'))).status).toBe(401);
  expect((await ask(basic('ann:grape'))).status).toBe(200);
});

describe('a login file in the origin of a mount', () => {
  const www = diskRoot({ 'in/users.txt': 'ann:apple', '.htpasswd': 'ann:apple', 'a.txt': 'a' });
  const area = { mountpoint: '/admin', origin: '>https://example.com' };
  const fields = [['authorization', basic('ann:apple')]] as const;

  test.each([
    ['in/users.txt', '/', www, '/in/users.txt'],
    ['in/users.txt', '/files', www, '/files/in/users.txt'],
    ['in/users.txt', '/files', join(www, 'in'), '/files/users.txt'],
    ['in/users.txt', '/one', join(www, 'in/users.txt'), '/one'],
    ['.htpasswd', '/', www, '/.htpasswd'],
  ])('%s below %s is served to nobody', async (name, mountpoint, origin, path) => {
    const files = { mountpoint, origin: `file://${origin}`, dotFiles: true };
    const login = { basicAuthLoginFile: join(www, name) };
    const extraMimetypes = { '*': 'text/plain' };
    for (const mounts of [
      [
        { ...files, extraMimetypes },
        { ...area, ...login },
      ],
      [{ ...files, extraMimetypes, ...login }],
    ]) {
      const answer = await new Mounted(mounts).ask({ path, fields });
      expect([answer.status, answer.reported]).toEqual([404, ['LWS_ERR_MOUNT_LOGIN_SECRET']]);
      expect(answer.text).not.toContain('apple');
    }
    expect((await new Mounted([{ ...files, extraMimetypes }]).ask(path)).status).toBe(200);
  });

  test.skipIf(process.platform === 'win32').each([
    ['below an origin that is a link', 'current', '/in/users.txt'],
    ['by a link in the origin', 'www', '/alias.txt'],
    ['by a link to a directory', 'www', '/self/in/users.txt'],
    ['by another name', 'www', '/hard.txt'],
    ['as the def of a directory', 'www', '/in/'],
    ['by a link of another type', 'www', '/page.shtml'],
  ])('is served to nobody %s', async (_how, origin, path) => {
    const root = diskRoot({ 'www/in/users.txt': 'ann:apple', 'www/page.txt': 'a page' });
    const file = join(root, 'www/in/users.txt');
    symlinkSync(join(root, 'www'), join(root, 'current'));
    symlinkSync('in/users.txt', join(root, 'www/alias.txt'));
    symlinkSync('.', join(root, 'www/self'));
    symlinkSync('in/users.txt', join(root, 'www/page.shtml'));
    linkSync(file, join(root, 'www/hard.txt'));
    const files = {
      mountpoint: '/',
      origin: `file://${join(root, origin)}`,
      def: 'users.txt',
      extraMimetypes: { '.shtml': 'text/html' },
    };
    const mounted = new Mounted([files, { ...area, basicAuthLoginFile: file }]);
    for (let time = 0; time < 2; time++) {
      const answer = await mounted.ask(path);
      expect([answer.status, answer.reported]).toEqual([404, ['LWS_ERR_MOUNT_LOGIN_SECRET']]);
    }
    expect((await mounted.ask('/page.txt')).text).toBe('a page');
  });

  test('hides nothing else', async () => {
    const login = { basicAuthLoginFile: join(www, 'in/users.txt') };
    const both = new Mounted([
      { mountpoint: '/', origin: `file://${www}` },
      { ...area, ...login },
    ]);
    expect((await both.ask('/a.txt')).status).toBe(200);
  });
});

test('who was let in is known to the exchange, and nobody else', () => {
  const userOf = (credentials: string | Uint8Array) => {
    const fields = [['authorization', basic(credentials)]] as const;
    const exchange = new FakeExchange({ path: '/a.txt', fields }, mounted.vhost);
    mounted.responder.respond(exchange);
    return exchange.user;
  };
  expect(userOf('ann:apple')).toBe('ann');
  expect(userOf('jürgen:größe')).toBe(Buffer.from('jürgen').toString('latin1'));
  expect(userOf('ann:pear')).toBeUndefined();
});

test('an upgrade in the area is refused too', () => {
  const fields = [
    ['upgrade', 'websocket'],
    ['connection', 'upgrade'],
  ] as const;
  const respond = (more: readonly (readonly [string, string])[]) =>
    mounted.responder.respond(
      new FakeExchange({ path: '/ws', fields: [...fields, ...more] }, mounted.vhost),
    );
  expect(respond([])).toMatchObject({ kind: 'refuse', status: 401 });
  expect(respond([['authorization', basic('ann:pear')]])).toMatchObject({ status: 401 });
  expect(respond([['authorization', basic('ann:apple')]])).toBeUndefined();
});

test('other mounts are for everybody, and a redirect can be for some', async () => {
  const area = { mountpoint: '/in', origin: '>https://example.com', basicAuthLoginFile: file };
  const two = new Mounted([{ mountpoint: '/', origin: `file://${root}` }, area]);
  expect((await two.ask('/a.txt')).status).toBe(200);
  expect((await two.ask('/in')).status).toBe(401);
  const fields = [['authorization', basic('ann:apple')]] as const;
  expect((await two.ask({ path: '/in', fields })).status).toBe(301);
});

test('credentials are bytes, and the first colon divides them', () => {
  const read = basicCredentials(basic(Uint8Array.of(0xff, 0x3a, 0x3a, 0xfe)));
  expect(read).toEqual({ user: Uint8Array.of(0xff), password: Uint8Array.of(0x3a, 0xfe) });
});

describe('OUT-6', () => {
  test.each([
    ['malformed base64', 'Basic ===='],
    ['base64 of another alphabet', 'Basic YW5u-mFw_GxlAA=='],
    ['no colon', basic('ann')],
    ['NUL in the name', basic('ann\0:apple')],
    ['NUL in the password', basic('ann:apple\0')],
    ['two in one', `${basic('ann:apple')}, ${basic('ann:apple')}`],
  ])('%s is 401', async (_what, authorization) => {
    expect((await ask(authorization)).status).toBe(401);
  });

  test('the login comes before what is there: the same answer for every path, however it is spelt', async () => {
    const answers = new Set<string>();
    for (const path of ['/a.txt', '/none.txt', '/.htpasswd', '/sub/', '/b.unknown']) {
      const { status, text, fields } = await mounted.ask({ path });
      answers.add(JSON.stringify([status, text, [...fields]]));
    }
    expect(answers.size).toBe(1);
    expect([...answers][0]).toMatch(/^\[401,/);
  });

  test('a doubled slash or a dot segment leads to the same login', async () => {
    const area = { mountpoint: '/admin', origin: `file://${root}`, basicAuthLoginFile: file };
    const { connect } = await openCallback(
      [],
      [{ mountpoint: '/', origin: `file://${root}` }, area],
    );
    for (const path of ['/admin/a.txt', '//admin/a.txt', '/x/../admin//a.txt', '/%61dmin/a.txt']) {
      const { peer } = await connect();
      await peer.send(get(path));
      expect(peer.text.slice(0, 13), path).toBe('HTTP/1.1 401 ');
    }
  });

  test('a login file within the root is not served, and no secret is logged', async () => {
    const own = diskRoot({ '.htpasswd': 'ann:apple', logins: 'ann:apple' });
    const area = { mountpoint: '/', origin: `file://${own}`, basicAuthLoginFile: `${own}/logins` };
    const { connect } = await openCallback([], [area]);
    for (const path of ['/.htpasswd', '/logins', '/%2ehtpasswd']) {
      const { peer } = await connect();
      await peer.send(get(path, `Authorization: ${basic('ann:apple')}\r\n`));
      await vi.waitUntil(() => peer.text !== '');
      expect(peer.text.slice(0, 13)).toBe('HTTP/1.1 404 ');
      const { peer: wrong } = await connect();
      await wrong.send(get(path, `Authorization: ${basic('ann:wrong-apple')}\r\n`));
      expect(wrong.text.slice(0, 13)).toBe('HTTP/1.1 401 ');
    }
    expect(logged.length).toBeGreaterThan(0);
    expect(logged.join('\n')).not.toMatch(/apple|YW5u/);
  });
});
