// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what is replaced
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { protocol } from '@lws-ts/interface';
import { DiskFops, setFops, vfs, vfsErrors } from '@lws-ts/vfs';
import { describe, expect, test, vi } from 'vitest';
import { chunkedHtml, httpMounts } from '../src/index.ts';
import { descriptors } from './mounted.ts';
import { get, logged, openCallback } from './open-callback.ts';

const root = mkdtempSync(join(tmpdir(), 'interpret-'));
const page = 'Hello ${name}, you asked for ${path}. ${unknown} costs $5 and ${name}';
writeFileSync(join(root, 'a.shtml'), page);
writeFileSync(join(root, 'B.SHTML'), page);
writeFileSync(join(root, 'c.Shtml'), page);
writeFileSync(join(root, 'c.d.shtml'), page);
writeFileSync(join(root, 'a.txt'), page);
writeFileSync(join(root, 'large.shtml'), `${'x'.repeat(300_000)}\${name}${'y'.repeat(300_000)}`);
writeFileSync(join(root, 'empty.shtml'), '');
writeFileSync(join(root, 'plain.shtml'), page);
const origin = `file://${root}`;

const pages = protocol({
  name: 'pages',
  vhostData: () => ({ name: '<Ann & "Bob">' }),
  http: {
    processHtml(request, { name }) {
      if (request.path.endsWith('plain.shtml')) return undefined;
      return chunkedHtml((asked) =>
        asked === 'name' ? name : asked === 'path' ? request.path : undefined,
      );
    },
  },
});
const mount = { mountpoint: '/', origin, interpret: { '.SHTML': 'pages' } };
const rewritten =
  'Hello &#60;Ann &#38; &#34;Bob&#34;&#62;, you asked for /a.shtml. ${unknown} costs $5 and &#60;Ann &#38; &#34;Bob&#34;&#62;';

function thrown(): never {
  throw new Error('broken page');
}

/** The body of a chunked answer. */
function unchunked(heard: string): string {
  let rest = heard.slice(heard.indexOf('\r\n\r\n') + 4);
  let body = '';
  for (;;) {
    const size = Number.parseInt(rest, 16);
    const from = rest.indexOf('\r\n') + 2;
    if (!(size > 0)) return body;
    body += rest.slice(from, from + size);
    rest = rest.slice(from + size + 2);
  }
}

async function ask(path: string, fields = '', method = 'GET'): Promise<string> {
  const { connect } = await openCallback([pages], [mount]);
  const { peer } = await connect();
  await peer.send(get(path, fields, method));
  for (let turn = 0; turn < 100; turn++) await peer.send('');
  return peer.text;
}

describe('interpret', () => {
  test('has the protocol rewrite files of the suffix, in any case, and no others', async () => {
    const answer = await ask('/a.shtml');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(unchunked(answer)).toBe(rewritten);
    expect(answer).toContain('transfer-encoding: chunked');
    expect(answer).toContain('cache-control: no-store');
    expect(answer).not.toMatch(/etag|last-modified|accept-ranges|content-length/i);
    expect((await ask('/a.txt')).endsWith(page)).toBe(true);
  });

  test.each([
    ['/B.SHTML', { '.shtml': 'pages' }],
    ['/c.Shtml', { '.shtml': 'pages' }],
    ['/c.Shtml', { '.SHTML': 'pages', '.html': 'others' }],
    ['/a.shtml', { '.sHtMl': 'pages' }],
  ])('reads the suffix of the file in either case: %s, %j', async (path, interpret) => {
    const others = protocol({ name: 'others', http: { processHtml: () => thrown() } });
    const { connect } = await openCallback([pages, others], [{ ...mount, interpret }]);
    const { peer } = await connect();
    await peer.send(get(path));
    await vi.waitUntil(() => peer.text.endsWith('\r\n0\r\n\r\n'));
    expect(unchunked(peer.text)).toBe(rewritten.replace('/a.shtml', path));
  });

  test('takes the longest suffix, whatever case it is in', async () => {
    const others = protocol({ name: 'others', http: { processHtml: () => thrown() } });
    const interpret = { '.shtml': 'others', '.D.SHTML': 'pages' };
    const { connect } = await openCallback([pages, others], [{ ...mount, interpret }]);
    const { peer } = await connect();
    await peer.send(get('/c.d.shtml'));
    await vi.waitUntil(() => peer.text.endsWith('\r\n0\r\n\r\n'));
    expect(unchunked(peer.text)).toBe(rewritten.replace('/a.shtml', '/c.d.shtml'));
  });

  test('sends the file as it is when the protocol gives nothing for it', async () => {
    expect((await ask('/plain.shtml')).endsWith(page)).toBe(true);
  });

  test('goes through large files piece by piece', async () => {
    const body = unchunked(await ask('/large.shtml'));
    expect(body.length).toBe(600_000 + '&#60;Ann &#38; &#34;Bob&#34;&#62;'.length);
    expect(body.slice(299_999, 300_010)).toBe('x&#60;Ann &');
  });

  test('knows no ranges and no conditions', async () => {
    const answer = await ask('/a.shtml', 'Range: bytes=0-1\r\nIf-None-Match: *\r\n');
    expect(unchunked(answer)).toBe(rewritten);
  });

  test('HEAD has the head alone; an empty file is an empty body', async () => {
    const head = await ask('/a.shtml', '', 'HEAD');
    expect(head.slice(head.indexOf('\r\n\r\n') + 4)).toBe('');
    expect(unchunked(await ask('/empty.shtml'))).toBe('');
  });

  test.each(['LWS_ERR_VFS_NOT_FOUND', 'LWS_ERR_VFS_NO_DESCRIPTORS'] as const)(
    'a file that is there a moment after %s is not sent as it is',
    async (code) => {
      const { connect, context } = await openCallback([pages], [mount]);
      let opens = 0;
      class Late extends DiskFops {
        override open(...asking: Parameters<DiskFops['open']>): void {
          if (opens++ === 0) asking[3](vfsErrors[code]);
          else super.open(...asking);
        }
      }
      setFops(context, new Late());
      const { peer } = await connect();
      await peer.send(get('/a.shtml'));
      expect(peer.text).toMatch(/^HTTP\/1\.1 (?:404|503) /);
      expect(peer.text).not.toContain('${name}');
      expect(opens).toBe(1);
    },
  );

  test('what is not there is 404', async () => {
    expect(await ask('/none.shtml')).toMatch(/^HTTP\/1\.1 404 /);
  });

  test.each([
    ['a directory with exactMatch', '/only', ''],
    ['one file with exactMatch', '/one', ''],
    ['the fallback', '/none', 'Accept: text/html\r\n'],
    ['the fallback of an interpreted file', '/none.shtml', 'Accept: text/html\r\n'],
  ])('rewrites what comes in place of %s', async (_what, path, fields) => {
    const more = { ...mount, def: 'a.shtml', fallback: 'a.shtml' };
    const { connect } = await openCallback(
      [pages],
      [
        more,
        { ...more, mountpoint: '/only', exactMatch: true },
        { ...more, mountpoint: '/one', origin: `${origin}/a.shtml`, exactMatch: true },
      ],
    );
    const { peer } = await connect();
    await peer.send(get(path, fields));
    await vi.waitUntil(() => peer.text.endsWith('\r\n0\r\n\r\n'));
    expect(peer.text).toMatch(/^HTTP\/1\.1 200 /);
    expect(unchunked(peer.text)).toBe(rewritten.replace('/a.shtml', path));
  });

  test('a fallback that is not there is 404, and looked for once', async () => {
    const { connect } = await openCallback([pages], [{ ...mount, fallback: 'gone.shtml' }]);
    const { peer } = await connect();
    await peer.send(get('/none', 'Accept: text/html\r\nConnection: close\r\n'));
    await vi.waitUntil(() => peer.ended);
    expect(peer.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 404']);
  });

  test.each([
    ['processHtml', '500', () => thrown()],
    ['process', '', () => ({ process: () => thrown() })],
  ])(
    'a %s that throws is one report, and leaves no descriptor',
    async (_what, status, processHtml) => {
      const throwing = protocol({ name: 'pages', http: { processHtml } });
      const { connect, vhost } = await openCallback([throwing], [mount]);
      const before = descriptors();
      const { peer } = await connect();
      await peer.send(get('/a.shtml'));
      await vi.waitUntil(() => peer.ended || peer.isClosed);
      expect(peer.text.slice(9, 12)).toBe(status);
      expect([...vhost.counters.refused.values()]).toEqual([1]);
      expect(logged.filter((line) => line.includes('broken page'))).toHaveLength(1);
      await vi.waitUntil(() => descriptors() === before);
    },
  );

  const rejects = async (): Promise<never> => {
    throw new Error('broken page');
  };
  test.each([
    ['processHtml', '/a.shtml', '500', 'LWS_ERR_HANDLER_ASYNC', rejects],
    ['processHtml of a fallback', '/none', '500', 'LWS_ERR_HANDLER_ASYNC', rejects],
    ['process', '/a.shtml', '', 'LWS_ERR_HANDLER_ASYNC', () => ({ process: rejects })],
    ['replace', '/a.shtml', '', 'LWS_ERR_HANDLER_ASYNC', () => chunkedHtml(rejects as never)],
  ])('a promise of %s is none of its results: %s', async (_what, path, status, code, make) => {
    const late = protocol({ name: 'pages', http: { processHtml: make as never } });
    const { connect, vhost } = await openCallback([late], [{ ...mount, fallback: 'a.shtml' }]);
    const before = descriptors();
    const { peer } = await connect();
    await peer.send(get(path, 'Accept: text/html\r\nConnection: close\r\n'));
    await vi.waitUntil(() => peer.ended || peer.isClosed);
    expect(peer.text.slice(9, 12)).toBe(status);
    expect([...vhost.counters.refused.keys()]).toEqual([code]);
    await vi.waitUntil(() => descriptors() === before);
  });

  test.each([
    ['a protocol that the vhost lacks', { '.shtml': 'others' }, 'LWS_ERR_MOUNT_PROTOCOL'],
    ['a protocol without processHtml', { '.shtml': 'mute' }, 'LWS_ERR_MOUNT_PROTOCOL'],
    ['a suffix without a dot', { shtml: 'pages' }, 'LWS_ERR_OPTION'],
    ['no record', 'pages', 'LWS_ERR_OPTION'],
    ['a suffix in two cases', { '.shtml': 'pages', '.SHTML': 'pages' }, 'LWS_ERR_OPTION'],
  ])('%s is refused', async (_what, interpret, code) => {
    const made = createContext({
      use: [http(), httpMounts(), vfs()],
      port: -1,
      protocols: [pages, protocol({ name: 'mute' })],
      mounts: [{ mountpoint: '/', origin, interpret: interpret as never }],
    });
    await expect(made).rejects.toMatchObject({ code });
  });
});

describe('chunkedHtml', () => {
  const values: Record<string, string> = { a: '<1>', 'long.name_-9': '2', '': 'none' };
  const make = (raw = false) =>
    chunkedHtml((name) => (Object.hasOwn(values, name) ? values[name] : undefined), { raw });
  const through = (
    text: string,
    size: number,
    raw = false,
    copy: (bytes: Uint8Array) => Uint8Array = (bytes) => new Uint8Array(bytes),
  ): string => {
    const processor = make(raw);
    const bytes = new TextEncoder().encode(text);
    const parts: Buffer[] = [];
    for (let at = 0; at < bytes.length || at === 0; at += size) {
      const piece = copy(bytes.subarray(at, at + size));
      parts.push(Buffer.from(processor.process(piece, at + size >= bytes.length)));
      piece.fill(0);
    }
    return Buffer.concat(parts).toString('utf8');
  };

  test.each([
    ['', ''],
    ['no name', 'no name'],
    ['${a}', '&#60;1&#62;'],
    ['x${a}${long.name_-9}y', 'x&#60;1&#62;2y'],
    ['$${a}', '$&#60;1&#62;'],
    ['${${a}', '${&#60;1&#62;'],
    ['${b}', '${b}'],
    ['${}', '${}'],
    ['${a', '${a'],
    ['$', '$'],
    ['${a b}', '${a b}'],
    [`\${${'n'.repeat(64)}}`, `\${${'n'.repeat(64)}}`],
    [`\${${'n'.repeat(65)}}\${a}`, `\${${'n'.repeat(65)}}&#60;1&#62;`],
    ['ü${a}ü€😀', 'ü&#60;1&#62;ü€😀'],
    ['${__proto__}${constructor}', '${__proto__}${constructor}'],
  ])('%s', (text, expected) => {
    for (const size of [1, 2, 3, 5, 1000]) {
      expect(through(text, size), `${size}`).toBe(expected);
      // whose slice() shares memory
      expect(
        through(text, size, false, (bytes) => Buffer.from(bytes)),
        `${size}, a Buffer`,
      ).toBe(expected);
    }
  });

  test('raw: HTML is put in as it is', () => {
    expect(through('${a}', 1000, true)).toBe('<1>');
  });

  test('keeps no more than a name from one piece to the next', () => {
    const processor = make();
    const given = processor.process(new TextEncoder().encode(`${'$'.repeat(10_000)}\${`), false);
    expect(given.length).toBe(10_000);
  });
});
