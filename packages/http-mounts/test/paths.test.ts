/** PTH: what may be asked for, and what never gives a byte of what lies outside or was not meant. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { descriptors, diskRoot, Mounted } from './mounted.ts';

const base = diskRoot({
  'secret.txt': 'SECRET',
  'www-2/secret.txt': 'SECRET',
  'www/index.html': 'index',
  'www/a.txt': 'a',
  'www/a b.txt': 'space',
  'www/ä.txt': 'umlaut',
  'www/%2e%2e.txt': 'percent',
  'www/...txt': 'DOT',
  'www/no-suffix': 'SECRET',
  'www/x.unknown': 'SECRET',
  'www/.htpasswd': 'SECRET',
  'www/.git/config.txt': 'SECRET',
  'www/sub/.env.txt': 'SECRET',
  'www/sub/index.html': 'sub index',
  'www/sub/b.txt': 'b',
  'www/v1.2/c.txt': 'c',
  'www/.well-known/security.txt': 'contact',
  'www/.well-known/.hidden.txt': 'SECRET',
  'www/sub/.well-known/x.txt': 'SECRET',
});
const root = join(base, 'www');
mkdirSync(join(root, 'empty'));
mkdirSync(join(root, 'dir-def', 'index.html'), { recursive: true });
symlinkSync('a.txt', join(root, 'in.txt'));
symlinkSync('sub', join(root, 'insub'));
symlinkSync('../secret.txt', join(root, 'out.txt'));
symlinkSync(join(base, 'secret.txt'), join(root, 'abs.txt'));
symlinkSync('..', join(root, 'up'));
symlinkSync('../www-2', join(root, 'sibling'));
symlinkSync('loop.txt', join(root, 'loop.txt'));
symlinkSync('nowhere.txt', join(root, 'dangling.txt'));
symlinkSync('/dev/zero', join(root, 'zero.txt'));
symlinkSync('/proc/self/environ', join(root, 'environ.txt'));
execFileSync('mkfifo', [join(root, 'pipe.txt')]);

const mounted = new Mounted([
  { mountpoint: '/', origin: `file://${root}` },
  { mountpoint: '/mount', origin: `file://${root}/sub` },
  { mountpoint: '/one.txt', origin: `file://${root}/a.txt` },
  { mountpoint: '/link', origin: `file://${root}/up/www-2` },
]);

const size = (text: string) => new TextEncoder().encode(text).length;
const ok = (path: string, text: string) => [path, 200, text] as const;
const moved = (path: string, to: string) => [path, 301, to] as const;
const none = (path: string) => [path, 404, ''] as const;
const forbidden = (path: string) => [path, 403, ''] as const;

const TABLE = [
  ok('/', 'index'),
  ok('/index.html', 'index'),
  ok('/a.txt', 'a'),
  ok('/a b.txt', 'space'),
  ok('/ä.txt', 'umlaut'),
  ok('/%2e%2e.txt', 'percent'),
  ok('/sub/', 'sub index'),
  ok('/sub/b.txt', 'b'),
  ok('/v1.2/c.txt', 'c'),
  ok('/in.txt', 'a'),
  ok('/insub/b.txt', 'b'),
  ok('/up/www/a.txt', 'a'),
  ok('/.well-known/security.txt', 'contact'),
  ok('/mount/', 'sub index'),
  ok('/mount/b.txt', 'b'),
  ok('/one.txt', 'a'),
  moved('/sub', '/sub/'),
  moved('/mount', '/mount/'),
  moved('/v1.2', '/v1.2/'),
  moved('/empty', '/empty/'),
  moved('/insub', '/insub/'),
  moved('/.well-known', '/.well-known/'),
  moved('/link', '/link/'),
  // Not there
  none('/none'),
  none('/none.txt'),
  none('/none/a.txt'),
  none('/empty/'),
  none('/dir-def/'),
  none('/.well-known/'),
  none('/A.TXT'),
  none('/mountX'),
  none('/mountb.txt'),
  none('/mount.'),
  none('/mount/a.txt'),
  none('/link/'),
  none('/up/'),
  none('/up/none.txt'),
  none('/one.txtx'),
  none('/dangling.txt'),
  // A file is no directory
  none('/a.txt/'),
  none('/a.txt/b'),
  none('/a.txt/index.html'),
  none('/one.txt/'),
  none('/one.txt/a.txt'),
  // No media type
  none('/no-suffix'),
  none('/x.unknown'),
  // Dot files
  none('/.htpasswd'),
  none('/.git'),
  none('/.git/'),
  none('/.git/config.txt'),
  none('/.none'),
  none('/sub/.env.txt'),
  none('/mount/.env.txt'),
  none('/...txt'),
  none('/.well-known/.hidden.txt'),
  none('/sub/.well-known/x.txt'),
  none('/mount/.well-known/x.txt'),
  none('/.well-known.txt'),
  none('/.Well-Known/security.txt'),
  // Not normalised: http refuses or repairs these before they come here
  none('/..'),
  none('/../'),
  none('/../secret.txt'),
  none('/../www/a.txt'),
  none('/../../../../../../etc/passwd'),
  none('/sub/../a.txt'),
  none('/sub/../../secret.txt'),
  none('/sub/..'),
  none('/.'),
  none('/./a.txt'),
  none('/sub/.'),
  none('//a.txt'),
  none('//'),
  none('///etc/passwd'),
  none('/sub//b.txt'),
  none('/sub//'),
  none('//..//..//secret.txt'),
  none('/mount/..'),
  none('/mount/../secret.txt'),
  none('/mount/../../secret.txt'),
  none('/mount..'),
  none('/mount../secret.txt'),
  none('/mountX/../mount/b.txt'),
  none('/mount//'),
  none('/mount//b.txt'),
  none('/mount//../../secret.txt'),
  none('/mount/./b.txt'),
  none('/mount/...'),
  none('/up/../secret.txt'),
  // Bytes that mean something to somebody
  none('/\\'),
  none('/\\..\\secret.txt'),
  none('/..\\secret.txt'),
  none('/sub\\b.txt'),
  none('/mount\\..\\..\\secret.txt'),
  none('/a.txt\0'),
  none('/a.txt\0.html'),
  none('/\0'),
  none('/secret.txt\0a.txt'),
  none('/a.txt\n'),
  none('/a\r\nb.txt'),
  none('/a.txt\x7f'),
  none('/\ud800.txt'),
  none('/a.txt\udfff'),
  none('/a.txt::$DATA'),
  none('/a.txt.'),
  none('/a.txt '),
  none('/c:/secret.txt'),
  none('/~root/secret.txt'),
  none('/file:///etc/passwd'),
  none('/etc/passwd'),
  none('/proc/self/environ'),
  none('/%2e%2e/secret.txt'),
  none('/%252e%252e/secret.txt'),
  none('/..%2fsecret.txt'),
  none('/..%c0%afsecret.txt'),
  none('/..%5csecret.txt'),
  none('/．．/secret.txt'),
  none('/‥/secret.txt'),
  none('/a.txt\u202e'),
  none('/constructor'),
  none('/__proto__'),
  none('/x.__proto__'),
  none('/x.constructor'),
  none(`/${'x'.repeat(255)}.txt`),
  none(`/${'x'.repeat(300)}.txt`),
  none(`/${'x/'.repeat(4000)}a.txt`),
  // Links that lead out
  forbidden('/out.txt'),
  forbidden('/abs.txt'),
  forbidden('/environ.txt'),
  forbidden('/up'),
  forbidden('/up/secret.txt'),
  forbidden('/up/www-2/secret.txt'),
  forbidden('/sibling'),
  forbidden('/sibling/secret.txt'),
  forbidden('/loop.txt'),
  // What is no file
  forbidden('/zero.txt'),
  forbidden('/pipe.txt'),
] as const;

describe.each([
  ['for the first time', 1],
  ['again, from memory', 2],
])('asked %s', (_name, times) => {
  test.each(TABLE)('%j: %i %s', async (path, status, expected) => {
    const before = descriptors();
    let answer = await mounted.ask(path);
    for (let time = 1; time < times; time++) answer = await mounted.ask(path);
    expect(answer.status).toBe(status);
    const page = `<h1>${status}</h1>`;
    expect(answer.fields.get('location') ?? answer.text).toContain(expected || page);
    expect(expected === '' || answer.length === (status === 200 ? size(expected) : 0)).toBe(true);
    expect(answer.text).not.toContain('SECRET');
    expect(answer.fields.get('x-content-type-options')).toBe('nosniff');
    expect(descriptors()).toBe(before);
  });
});

test('no row is there twice', () => {
  expect(new Set(TABLE.map(([path]) => path)).size).toBe(TABLE.length);
  expect(TABLE.length).toBeGreaterThan(100);
});

test.each([
  ['/out.txt', ['LWS_ERR_VFS_OUTSIDE']],
  ['/pipe.txt', ['LWS_ERR_VFS_NOT_REGULAR']],
  ['/.htpasswd', ['LWS_ERR_MOUNT_DOT_FILE']],
  ['/../secret.txt', ['LWS_ERR_MOUNT_PATH']],
  ['/x.unknown', ['LWS_ERR_MOUNT_SUFFIX']],
  ['/none.txt', []],
  ['/empty/', []],
  ['/dir-def/', []],
  ['/a.txt', []],
])('%s is reported as %j', async (path, codes) => {
  expect((await mounted.ask(path)).reported).toEqual(codes);
});

test('a page repeats nothing of the request', async () => {
  for (const path of ['/<script>alert(1)</script>', '/"onload="x', '/none-marker'])
    expect((await mounted.ask(path)).text).not.toMatch(/script|onload|marker/);
});

test('follow lets links lead out; the dot rule and the kinds of files stay', async () => {
  const open = new Mounted([{ mountpoint: '/', origin: `file://${root}`, follow: true }]);
  expect((await open.ask('/out.txt')).text).toBe('SECRET');
  expect((await open.ask('/sibling/secret.txt')).text).toBe('SECRET');
  expect((await open.ask('/zero.txt')).status).toBe(403);
  expect((await open.ask('/.htpasswd')).status).toBe(404);
  expect((await open.ask('/../secret.txt')).status).toBe(404);
});

test('dotFiles serves names with a dot, and still no dot segments', async () => {
  const open = new Mounted([{ mountpoint: '/', origin: `file://${root}`, dotFiles: true }]);
  expect((await open.ask('/sub/.env.txt')).text).toBe('SECRET');
  expect((await open.ask('/...txt')).text).toBe('DOT');
  for (const path of ['/..', '/../secret.txt', '/./a.txt', '/sub/..'])
    expect((await open.ask(path)).status).toBe(404);
});

test('a directory that is swapped for a link out is refused from then on, the cache notwithstanding', async () => {
  const swapped = diskRoot({ 'out/f.txt': 'SECRET', 'www/d/f.txt': 'public' });
  const files = new Mounted([{ mountpoint: '/', origin: `file://${swapped}/www` }]);
  const dir = join(swapped, 'www', 'd');
  for (let round = 0; round < 20; round++) {
    expect((await files.ask('/d/f.txt')).text).toBe('public');
    renameSync(dir, `${dir}-aside`);
    symlinkSync('../out', dir);
    await files.clock.advance(1000);
    expect((await files.ask('/d/f.txt')).status).toBe(403);
    unlinkSync(dir);
    renameSync(`${dir}-aside`, dir);
    await files.clock.advance(1000);
  }
  rmSync(dir, { recursive: true });
  await files.clock.advance(1000);
  expect((await files.ask('/d/f.txt')).status).toBe(404);
});

test('paths put together at random never leave the root', async () => {
  const parts = ['..', '.', '', 'sub', 'up', 'www', 'www-2', 'sibling', 'secret.txt', 'out.txt'];
  parts.push(
    'a.txt',
    'mount',
    '.git',
    '.htpasswd',
    '\\..',
    '%2e%2e',
    'b.txt',
    '\0',
    '...',
    '\ud800',
  );
  let seed = 20261122;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % below;
  };
  const statuses = new Map<number, number>();
  const rounds = 3000 * Number(process.env['LWS_FUZZ_DEPTH'] ?? 1);
  const before = descriptors();
  for (let round = 0; round < rounds; round++) {
    let path = '';
    for (let more = random(6); more >= 0; more--) path += `/${parts[random(parts.length)]}`;
    const answer = await mounted.ask(path);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    if (answer.text.includes('SECRET')) throw new Error(`${JSON.stringify(path)} was served`);
  }
  expect(new Set(statuses.keys())).toEqual(new Set([200, 301, 403, 404]));
  expect(descriptors()).toBe(before);
});
