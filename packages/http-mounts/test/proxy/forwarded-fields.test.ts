/** Each field of a request and of an answer by its name: what passes, what is written anew, and what the proxy says. */
import type { HttpFields, HttpRequest } from '@lws-ts/interface';
import { describe, expect, test } from 'vitest';
import { answerFields, mountedCookie, mountedLocation } from '../../src/proxy/answer-fields.ts';
import {
  type ForwardedFrom,
  forwardedFields,
  forwardRefusal,
} from '../../src/proxy/forwarded-fields.ts';

/** A head with these fields and nothing else. */
function headOf(fields: HttpFields, version: '1.0' | '1.1' = '1.1'): HttpRequest {
  const field = (name: string): string | undefined => fields.find(([one]) => one === name)?.[1];
  const each = (visit: (name: string, value: string) => void): void => {
    for (const [name, value] of fields) visit(name, value);
  };
  return { field, each, version } as unknown as HttpRequest;
}

const from: ForwardedFrom = {
  peer: { address: '192.0.2.1', port: 1, family: 'ipv4' },
  secure: false,
  trusted: false,
  pseudonym: 'me',
  rewrites: false,
};
const namesOf = (fields: HttpFields): string[] => fields.map(([name]) => name);
/** What every request gets. */
const own = ['x-forwarded-for', 'x-forwarded-proto', 'x-real-ip', 'forwarded', 'via'];

const ofOneConnection = [
  'connection',
  'content-length',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

describe('a field of a request', () => {
  test.each([
    ...ofOneConnection,
    'expect',
    'proxy',
    'x-forwarded-port',
    'x-forwarded-server',
    'x-forwarded-host',
    'x_under',
  ])('%s does not pass', (name) => {
    const passed = forwardedFields(
      headOf([
        [name, 'spoofed'],
        ['x-fine', '1'],
      ]),
      from,
    );
    expect(namesOf(passed)).toEqual(['x-fine', ...own]);
    expect(JSON.stringify(passed)).not.toContain('spoofed');
  });

  test.each([
    'authorization',
    'cookie',
    'origin',
    'referer',
    'accept-encoding',
    'range',
    'if-range',
  ])('%s passes', (name) => {
    expect(forwardedFields(headOf([[name, 'v']]), from)[0]).toEqual([name, 'v']);
  });

  test.each(['accept-encoding', 'range', 'if-range'])(
    '%s does not where pages are rewritten',
    (name) => {
      const passed = forwardedFields(headOf([[name, 'v']]), { ...from, rewrites: true });
      expect(namesOf(passed)).toEqual(own);
    },
  );

  test.each([
    'authorization',
    'content-length',
    'content-type',
    'cookie',
    'forwarded',
    'host',
    'origin',
    'transfer-encoding',
    'via',
    'x-real-ip',
    'x-forwarded-whatever',
  ])('%s may not be nominated', (name) => {
    const head = headOf([['connection', `close, ${name.toUpperCase()}`]]);
    expect(forwardRefusal(head, 'me')?.code).toBe('LWS_ERR_MOUNT_PROXY_NOMINATED');
  });

  test('any other may, and does not pass', () => {
    const head = headOf([
      ['connection', 'close, , x-a'],
      ['x-a', '1'],
    ]);
    expect(forwardRefusal(head, 'me')).toBeUndefined();
    expect(namesOf(forwardedFields(head, from))).toEqual(own);
  });
});

describe('what the proxy says', () => {
  const said = (of: Partial<ForwardedFrom>, fields: HttpFields = [['host', 'a']]) =>
    Object.fromEntries(forwardedFields(headOf(fields), { ...from, ...of }));

  test.each<[string, string, string]>([
    ['192.0.2.1', '192.0.2.1', 'for=192.0.2.1;proto=http;host="a"'],
    // RFC 7239 §6
    ['2001:db8::1', '2001:db8::1', 'for="[2001:db8::1]";proto=http;host="a"'],
    ['', 'unknown', 'for=unknown;proto=http;host="a"'],
  ])('of a peer at %j', (address, node, forwarded) => {
    const fields = said({ peer: { address, port: 0, family: 'none' } });
    expect([fields['x-forwarded-for'], fields['x-real-ip'], fields['forwarded']]).toEqual([
      node,
      node,
      forwarded,
    ]);
  });

  test('of a peer that came by TLS', () => {
    const fields = said({ secure: true });
    expect([fields['x-forwarded-proto'], fields['forwarded']]).toEqual([
      'https',
      'for=192.0.2.1;proto=https;host="a"',
    ]);
  });

  test('of a request without Host', () => {
    const fields = said({}, []);
    expect([fields['x-forwarded-host'], fields['forwarded']]).toEqual([
      undefined,
      'for=192.0.2.1;proto=http',
    ]);
  });
});

describe('a field of an answer', () => {
  const place = {
    target: { authority: 'up.example', host: 'up.example', port: 80 },
    base: '',
    mountpoint: '/m',
  } as Parameters<typeof answerFields>[1];

  test.each(ofOneConnection)('%s does not pass', (name) => {
    const passed = answerFields(
      headOf([
        [name, 'v'],
        ['x-fine', '1'],
      ]),
      place,
      false,
    );
    expect(passed).toEqual([['x-fine', '1']]);
  });

  test.each(['accept-ranges', 'content-digest', 'content-md5', 'digest', 'etag', 'repr-digest'])(
    '%s passes only where the body is as it was',
    (name) => {
      const head = headOf([[name, 'v']]);
      expect(answerFields(head, place, false)).toEqual([[name, 'v']]);
      expect(answerFields(head, place, true)).toEqual([]);
    },
  );

  test.each([
    ['/x', '/m/x'],
    ['//up.example/x', '//up.example/x'],
    ['http://up.example/x', '/m/x'],
    ['http://up.example:80/x', '/m/x'],
    ['HTTPS://UP.EXAMPLE/x', '/m/x'],
    ['http://up.example', '/m/'],
    ['http://up.example:8080/x', 'http://up.example:8080/x'],
    ['http://up.example.evil/x', 'http://up.example.evil/x'],
    ['http://upXexample/x', 'http://upXexample/x'],
  ])('Location: %s becomes %s', (location, mounted) => {
    expect(mountedLocation(location, place)).toBe(mounted);
  });

  test.each([
    ['http://up.example//evil.example/x', ''],
    ['http://up.example:80/\\evil.example/x', ''],
    ['http://up.example/\t/evil.example/x', ''],
    ['/\\evil.example/x', ''],
    ['http://up.example/base//evil.example/x', '/base'],
    ['/base//evil.example/x', '/base'],
  ])(
    'Location: %j of an upstream at %j names no other host on a mount of everything',
    (location, base) => {
      const everything = { target: { ...place.target, path: base }, base, mountpoint: '/' };
      expect(mountedLocation(location, everything)).toBe('/evil.example/x');
    },
  );

  test.each([
    ['a=b; Path=/', 'a=b; Path=/m/'],
    ['a=b; Path=/x; Secure', 'a=b; Path=/m/x; Secure'],
    ['a=b', 'a=b'],
  ])('Set-Cookie: %s becomes %s', (cookie, mounted) => {
    expect(mountedCookie(cookie, place)).toBe(mounted);
  });
});
