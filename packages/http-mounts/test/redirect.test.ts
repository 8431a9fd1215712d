import { describe, expect, test } from 'vitest';
import type { Mount } from '../src/index.ts';
import { Mounted } from './mounted.ts';

const mounted = (more: Partial<Mount> = {}) =>
  new Mounted([{ mountpoint: '/old', origin: '>https://x.example/new', ...more } as Mount]);

describe('a redirect', () => {
  test.each(['GET', 'HEAD', 'POST', 'PUT', 'OPTIONS'])(
    'of %s is 301, as in lws',
    async (method) => {
      const answer = await mounted().ask({ method, path: '/old/page', query: 'a=1' });
      expect([answer.status, answer.fields.get('location'), answer.length]).toEqual([
        301,
        'https://x.example/new?a=1',
        0,
      ]);
      expect(answer.reported).toEqual([]);
    },
  );

  test.each([301, 302, 307, 308])('with status %i', async (status) => {
    expect((await mounted({ status }).ask('/old')).status).toBe(status);
  });

  test.each([
    [false, 'https://x.example/new'],
    [true, 'https://x.example/new/a/b'],
  ])('with appendPath: %s goes to %s', async (appendPath, location) => {
    const answer = await mounted({ appendPath }).ask('/old/a/b');
    expect(answer.fields.get('location')).toBe(location);
  });

  test('leaves reserved characters of what is appended as they were sent', async () => {
    const path = '/old/a+b;c/x=y';
    const answer = await mounted({ appendPath: true }).ask({ path, target: '/old/a%2Bb;c/x%3Dy' });
    expect(answer.fields.get('location')).toBe('https://x.example/new/a%2Bb;c/x%3Dy');
  });

  test('has the headers of its mount, and needs no file operations', async () => {
    const mount: Mount = {
      mountpoint: '/',
      kind: 'redirect',
      origin: 'https://x.example',
      headers: { 'Cache-Control': 'max-age=60' },
    };
    const answer = await new Mounted([mount], { fops: undefined }).ask('/');
    expect([...answer.fields]).toEqual([
      ['location', 'https://x.example/'],
      ['cache-control', 'max-age=60'],
    ]);
  });

  test('is for its methods alone', async () => {
    const answer = await mounted({ methods: ['GET', 'HEAD'] }).ask({ method: 'PUT', path: '/old' });
    expect([answer.status, answer.fields.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(answer.reported).toEqual(['LWS_ERR_MOUNT_METHOD']);
  });

  test('leaves an upgrade to the roles', async () => {
    const fields = [['upgrade', 'websocket']] as const;
    expect((await mounted().ask({ path: '/old', fields })).status).toBe(0);
  });
});
