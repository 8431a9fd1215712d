/** Certificates that change while the vhost serves. */

import { once } from 'node:events';
import { mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { VirtualClock } from '@lws-ts/test-kit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { captureLog } from '../../core/test/captured-log.ts';
import { certificateEnd, reloadCertificates } from '../src/index.ts';
import { Authority, type Issued, TestDir } from './authority.ts';
import { ask, askOver, closeServed, serve, until } from './served.ts';

/** LWS_FUZZ_DEPTH: times 100 reloads under load. */
const depth = Number(process.env['LWS_FUZZ_DEPTH'] ?? 1);
const ca = new Authority();
const lines = captureLog();
const day = 86_400_000;
let dir: TestDir;
let clock: VirtualClock;
beforeEach(() => {
  dir = new TestDir();
  clock = new VirtualClock(Date.now());
});
afterEach(async () => {
  await closeServed();
  dir.remove();
});

/** Puts a pair in place of the one before, whole. */
function put(issued: Issued): void {
  for (const [name, text] of [
    ['one.key', issued.key],
    ['one.pem', issued.cert],
  ] as const) {
    const next = join(dir.path, `${name}.next`);
    writeFileSync(next, text);
    renameSync(next, join(dir.path, name));
  }
}

async function served(options: Record<string, unknown> = {}) {
  const vhost = {
    name: 'one.test',
    sslCertFilepath: join(dir.path, 'one.pem'),
    sslPrivateKeyFilepath: join(dir.path, 'one.key'),
    sslCipherList: 'DEFAULT:@SECLEVEL=2',
  };
  return serve([vhost], { clock, ...options });
}

/** Which certificate new connections see. */
async function serial(port: number): Promise<string | undefined> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'one.test', ca: ca.cert });
  await once(socket, 'secureConnect');
  const number = socket.getPeerX509Certificate()?.serialNumber;
  // destroyed at once it would take the last octets of its own handshake with it
  await once(socket.end(), 'finish');
  socket.destroy();
  return number;
}

test('a pair that was renamed into place is used, and connections go on', async () => {
  put(ca.issue(['one.test'], { notAfter: Date.now() + 2 * day }));
  const { port, context } = await served({ sslReloadSecs: 5 });
  const [vhost] = context.vhosts;
  const before = await serial(port);
  const kept = connect({ port, host: '127.0.0.1', servername: 'one.test', ca: ca.cert });
  await once(kept, 'secureConnect');
  const endBefore = vhost && certificateEnd(vhost);
  expect(vhost?.counters.ssl_cert_end).toBe(Math.floor((endBefore ?? 0) / 1000));

  put(ca.issue(['one.test'], { notAfter: Date.now() + 9 * day }));
  await clock.advance(4900);
  expect(await serial(port)).toBe(before);
  await clock.advance(200);
  expect(await serial(port)).not.toBe(before);
  expect((vhost && certificateEnd(vhost)) ?? 0).toBeGreaterThan(endBefore ?? Number.NaN);
  expect(vhost?.counters.ssl_cert_end).toBeGreaterThan((Date.now() + 8 * day) / 1000);
  expect(context.counters.ssl_cert_end).toBe(vhost?.counters.ssl_cert_end);
  expect(await askOver(kept, 'one.test')).toMatchObject({ status: 200 });
  expect(lines.join('\n')).toContain('new certificate in use');
});

test('a symlink that leads elsewhere is noticed', async () => {
  for (const name of ['a', 'b']) {
    mkdirSync(join(dir.path, name));
    const issued = ca.issue(['one.test']);
    writeFileSync(join(dir.path, name, 'one.pem'), issued.cert);
    writeFileSync(join(dir.path, name, 'one.key'), issued.key);
  }
  symlinkSync('a', join(dir.path, 'live'));
  const vhost = {
    name: 'one.test',
    sslCertFilepath: join(dir.path, 'live', 'one.pem'),
    sslPrivateKeyFilepath: join(dir.path, 'live', 'one.key'),
  };
  const { port } = await serve([vhost], { clock, sslReloadSecs: 5 });
  const before = await serial(port);
  symlinkSync('b', join(dir.path, 'next'));
  renameSync(join(dir.path, 'next'), join(dir.path, 'live'));
  await clock.advance(5100);
  expect(await serial(port)).not.toBe(before);
});

describe('a bad pair keeps the one before, and is logged as an error', () => {
  const good = ca.issue(['one.test']);
  test.each<[string, () => void, string]>([
    [
      'a key of another',
      () => put({ cert: good.cert, key: ca.issue(['x']).key }),
      'LWS_ERR_TLS_CERTIFICATE_KEY',
    ],
    [
      'expired',
      () => put(ca.issue(['one.test'], { notAfter: Date.now() - day / 2 })),
      'LWS_ERR_TLS_CERTIFICATE_DATES',
    ],
    ['another name', () => put(ca.issue(['other.test'])), 'LWS_ERR_TLS_CERTIFICATE_NAMES'],
    ['no PEM', () => put({ cert: 'x', key: 'y' }), 'LWS_ERR_TLS_CERTIFICATE'],
    [
      'half a file',
      () => put({ cert: good.cert.slice(0, 200), key: good.key }),
      'LWS_ERR_TLS_CERTIFICATE',
    ],
    [
      'a key that OpenSSL finds too short',
      () => put(ca.issue(['one.test'], { keys: 'rsa', modulusLength: 1024 })),
      'LWS_ERR_TLS_CIPHERS',
    ],
    ['no file', () => unlinkSync(join(dir.path, 'one.pem')), 'LWS_ERR_TLS_FILE'],
  ])('%s', async (_name, change, code) => {
    put(ca.issue(['one.test']));
    const { port, context } = await served();
    const before = await serial(port);
    const end = context.counters.ssl_cert_end;
    change();
    await clock.advance(61_000);
    expect(await serial(port)).toBe(before);
    const loud = lines.filter((line) => line.startsWith('err'));
    expect(loud).toHaveLength(1);
    expect(loud[0]).toContain(`${code} vhost one.test keeps its certificate`);
    expect([...context.counters.refused]).toEqual([[code, 1]]);
    expect(context.counters.ssl_cert_end).toBe(end);
    // said once, not every minute
    await clock.advance(120_000);
    expect(lines.filter((line) => line.startsWith('err'))).toHaveLength(1);
    // and a good one is taken after it
    put(ca.issue(['one.test']));
    await clock.advance(61_000);
    expect(await serial(port)).not.toBe(before);
  });
});

describe('a pair that is not valid yet', () => {
  /** On the clock of the context, which is behind: clients here judge by that of the machine. */
  const now = () => clock.wallNow();
  const errors = () => lines.filter((line) => line.startsWith('err'));
  const used = () => lines.filter((line) => line.includes('new certificate in use'));

  async function servedBehind(options: Record<string, unknown>) {
    clock = new VirtualClock(Math.floor(Date.now() / 1000) * 1000 - 90 * day);
    const waits: number[] = [];
    const wakeAt = clock.wakeAt.bind(clock);
    clock.wakeAt = (at, run) => {
      waits.push(at - clock.now());
      return wakeAt(at, run);
    };
    put(ca.issue(['one.test'], { notBefore: now() - day }));
    return { ...(await served(options)), waits };
  }

  test.each([
    ['soon', 5, 100_000],
    ['long before the next look', 3600, 2.5 * 3_600_000],
    ['beyond the longest timer', 86_400, 60 * day],
  ])('is used when it is, %s, and logged once before', async (_when, sslReloadSecs, inMs) => {
    const { port, context, waits } = await servedBehind({ sslReloadSecs });
    const before = await serial(port);
    const validFrom = now() + inMs;
    put(ca.issue(['one.test'], { notBefore: validFrom }));
    await clock.advance(inMs - 1000);
    expect(await serial(port)).toBe(before);
    expect(errors()).toHaveLength(1);
    expect(errors()[0]).toMatch(
      /CERTIFICATE_DATES vhost one\.test keeps .*, and is tried again then$/,
    );
    expect(used()).toEqual([]);
    await clock.advance(1000);
    expect(await serial(port)).not.toBe(before);
    await clock.advance(2 * sslReloadSecs * 1000);
    expect([errors().length, used().length]).toEqual([1, 1]);
    expect([...context.counters.refused]).toEqual([['LWS_ERR_TLS_CERTIFICATE_DATES', 1]]);
    expect(Math.max(...waits)).toBeLessThan(2 ** 31);
    // no more of them than looks, the handshakes and ends of connections of this test aside
    expect(waits.length).toBeLessThan(inMs / (sslReloadSecs * 1000) + 50);
  });

  test('is forgotten for one that came before', async () => {
    const { port } = await servedBehind({ sslReloadSecs: 5 });
    put(ca.issue(['one.test'], { notBefore: now() + 100_000 }));
    await clock.advance(10_000);
    put(ca.issue(['one.test'], { notBefore: now() - day }));
    await clock.advance(10_000);
    const other = await serial(port);
    await clock.advance(200_000);
    expect(await serial(port)).toBe(other);
    expect([errors().length, used().length]).toEqual([1, 1]);
  });

  test('that does not do for another reason is logged for that, once', async () => {
    const { port } = await servedBehind({ sslReloadSecs: 5 });
    const before = await serial(port);
    put(ca.issue(['other.test'], { notBefore: now() + 100_000 }));
    await clock.advance(300_000);
    expect(await serial(port)).toBe(before);
    expect(errors().map((line) => /LWS_ERR_\w+/.exec(line)?.[0])).toEqual([
      'LWS_ERR_TLS_CERTIFICATE_DATES',
      'LWS_ERR_TLS_CERTIFICATE_NAMES',
    ]);
  });
});

test('a vhost whose name the first one did not cover takes one that does not either', async () => {
  put(ca.issue(['other.test']));
  const { port, context } = await served();
  const number = async (): Promise<string | undefined> => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const seen = socket.getPeerX509Certificate()?.serialNumber;
    await once(socket.end(), 'finish');
    socket.destroy();
    return seen;
  };
  const before = await number();
  put(ca.issue(['third.test']));
  await clock.advance(61_000);
  expect(await number()).not.toBe(before);
  expect([...context.counters.refused]).toEqual([]);
});

test('sslReloadSecs: 0 looks at nothing; reloadCertificates does', async () => {
  put(ca.issue(['one.test']));
  const { port, context } = await served({ sslReloadSecs: 0 });
  const [vhost] = context.vhosts;
  const before = await serial(port);
  put(ca.issue(['one.test']));
  await clock.advance(600_000);
  expect(await serial(port)).toBe(before);
  expect(vhost && reloadCertificates(vhost)).toBeUndefined();
  expect(await serial(port)).not.toBe(before);
  put({ cert: 'x', key: 'y' });
  expect(vhost && reloadCertificates(vhost)?.code).toBe('LWS_ERR_TLS_CERTIFICATE');
});

test('100 reloads under load: no handshake fails', { timeout: 60_000 * depth }, async () => {
  put(ca.issue(['one.test']));
  const { port, context } = await served();
  const [vhost] = context.vhosts;
  const seen = new Set<string | undefined>();
  const failures: unknown[] = [];
  let over = false;
  let asked = 0;
  const client = async (): Promise<void> => {
    while (!over) {
      try {
        seen.add(await serial(port));
        const answer = await ask(port, { ca: ca.cert });
        if (answer.status !== 200) failures.push(answer);
        asked += 2;
      } catch (error) {
        failures.push(error);
      }
    }
  };
  const clients = Array.from({ length: 4 }, client);
  const kept = connect({ port, host: '127.0.0.1', servername: 'one.test', ca: ca.cert });
  kept.on('error', (error) => failures.push(error));
  await once(kept, 'secureConnect');
  const pairs = Array.from({ length: 10 }, () => ca.issue(['one.test']));
  for (let turn = 0; turn < 100 * depth; turn++) {
    put(pairs[turn % pairs.length] as Issued);
    expect(vhost && reloadCertificates(vhost)).toBeUndefined();
    // handshakes before the next, however busy the machine is
    const before = asked;
    await until('a handshake', () => asked > before);
  }
  over = true;
  await Promise.all(clients);
  expect(failures).toEqual([]);
  expect(asked).toBeGreaterThanOrEqual(100 * depth);
  expect(seen.size).toBeGreaterThan(5);
  expect(await askOver(kept, 'one.test')).toMatchObject({ status: 200 });
  expect([...context.counters.refused]).toEqual([]);
});
