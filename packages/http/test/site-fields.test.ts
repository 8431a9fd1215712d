/** What every answer of a vhost says, and what it does not say twice. */
import { describe, expect, test } from 'vitest';
import { answered, openHttp, type Respond } from './open-http.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

function fieldsOf(heard: string, name: string): string[] {
  return [...heard.matchAll(new RegExp(`^${name}: (.*)\r$`, 'gim'))].map(
    ([, value]) => value ?? '',
  );
}

const plain: Respond = (exchange) => {
  exchange.reply(200, [['X-Own', 'answer']], 'x');
  return answered;
};

async function heard(
  options: Parameters<typeof openHttp>[1],
  secure = false,
  respond = plain,
): Promise<string> {
  const { connect } = await openHttp(respond, options);
  const { peer, server } = await connect();
  if (secure) Object.defineProperty(server, 'security', { value: { protocol: 'TLSv1.3' } });
  await peer.send(get);
  return peer.text;
}

test("an answer's own field wins over the vhost's, whatever its case", async () => {
  const text = await heard({
    headers: { 'x-own': 'vhost', 'x-other': 'vhost' },
    serverString: 'lws',
  });
  expect(fieldsOf(text, 'x-own')).toEqual(['answer']);
  expect(fieldsOf(text, 'x-other')).toEqual(['vhost']);
  expect(fieldsOf(text, 'server')).toEqual(['lws']);
});

describe('sts', () => {
  const name = 'strict-transport-security';

  test('is said over TLS only', async () => {
    expect(fieldsOf(await heard({ sts: true }, true), name)).toEqual([
      'max-age=15768000; includeSubDomains',
    ]);
    expect(fieldsOf(await heard({ sts: true }), name)).toEqual([]);
    expect(fieldsOf(await heard({}, true), name)).toEqual([]);
  });

  test('has the max-age that is given, and gives way to headers', async () => {
    expect(fieldsOf(await heard({ sts: true, stsMaxAgeSecs: 60 }, true), name)).toEqual([
      'max-age=60; includeSubDomains',
    ]);
    const headers = { 'Strict-Transport-Security': 'max-age=1' };
    expect(fieldsOf(await heard({ sts: true, headers }, true), name)).toEqual(['max-age=1']);
  });
});

describe('securityHeaders', () => {
  const names = [
    'content-security-policy',
    'x-content-type-options',
    'x-frame-options',
    'referrer-policy',
  ];

  test('are off by default', async () => {
    const text = await heard({});
    for (const name of names) expect(fieldsOf(text, name)).toEqual([]);
  });

  test('are said once, also by refusals, and give way to headers and to the answer', async () => {
    const text = await heard({ securityHeaders: true });
    for (const name of names) expect(fieldsOf(text, name), name).toHaveLength(1);
    const missing = await heard({ securityHeaders: true }, false, () => undefined);
    for (const name of names) expect(fieldsOf(missing, name), name).toHaveLength(1);
    const own = await heard(
      { securityHeaders: true, headers: { 'X-Frame-Options': 'sameorigin' } },
      false,
      (exchange) => {
        exchange.reply(200, [['referrer-policy', 'origin']], 'x');
        return answered;
      },
    );
    expect(fieldsOf(own, 'x-frame-options')).toEqual(['sameorigin']);
    expect(fieldsOf(own, 'referrer-policy')).toEqual(['origin']);
  });
});
