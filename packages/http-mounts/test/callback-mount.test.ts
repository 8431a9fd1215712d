import { type HttpWsi, protocol } from '@lws-ts/interface';
import { addSpuriousWriteables, settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { bodies, get, logged, openCallback, post } from './open-callback.ts';

const mounts = [
  { mountpoint: '/count', origin: 'callback://counter' },
  { mountpoint: '/other', origin: 'callback://other' },
];

/** Counts in its session, and writes down what becomes of the binding. */
function counter(events: string[]) {
  let sessions = 0;
  return protocol({
    name: 'counter',
    session: () => ({ id: ++sessions, count: 0 }),
    http: {
      bindProtocol: (wsi) => void events.push(`bind ${wsi.session.id} ${wsi.path}`),
      dropProtocol: (wsi) => void events.push(`drop ${wsi.session.id}`),
      closed: (wsi) => void events.push(`closed ${wsi.session.id}`),
      request(wsi) {
        wsi.reply(200, [], String(++wsi.session.count));
      },
    },
  });
}

const other = protocol({ name: 'other', http: { request: (wsi) => wsi.reply(200, [], 'other') } });

describe('a binding', () => {
  test('lasts over keep-alive and pipelining, and begins anew after a visit elsewhere', async () => {
    const events: string[] = [];
    const { connect, vhost } = await openCallback([counter(events), other], mounts);
    const { peer } = await connect();
    await peer.send(get('/count'));
    await peer.send(get('/count/x') + get('/count/y'));
    expect(bodies(peer.text)).toEqual(['200 1', '200 2', '200 3']);
    expect(vhost.connectionsByProtocol().get('counter')).toBe(1);
    peer.take();
    await peer.send(get('/other') + get('/count'));
    expect(bodies(peer.text)).toEqual(['200 other', '200 1']);
    expect(events).toEqual(['bind 1 /count', 'drop 1', 'bind 2 /count']);
    await peer.reset();
    expect(events.slice(3)).toEqual(['closed 2', 'drop 2']);
    expect(vhost.connectionsByProtocol().get('counter')).toBe(0);
  });

  test('ends with a path that nobody has', async () => {
    const events: string[] = [];
    const { connect, vhost } = await openCallback([counter(events), other], mounts);
    const { peer } = await connect();
    await peer.send(get('/count') + get('/none'));
    expect(bodies(peer.text)).toEqual(['200 1', expect.stringMatching(/^404/)]);
    expect(events).toEqual(['bind 1 /count', 'drop 1']);
    expect(vhost.connectionsByProtocol().get('counter')).toBe(0);
  });
});

test('a mount of a protocol that the vhost has not is refused', async () => {
  await expect(openCallback([other], mounts)).rejects.toMatchObject({
    code: 'LWS_ERR_MOUNT_PROTOCOL',
  });
});

describe('a request', () => {
  test('says what it is, until its answer is complete', async () => {
    let kept: HttpWsi<unknown, unknown> | undefined;
    const { connect } = await openCallback(
      [
        protocol({
          name: 'x',
          http: {
            request(wsi) {
              kept = wsi;
              const names: string[] = [];
              wsi.eachHeader((name) => names.push(name));
              wsi.reply(
                200,
                [],
                [
                  wsi.method,
                  wsi.path,
                  wsi.pathInMount,
                  wsi.query,
                  wsi.urlArg('a'),
                  wsi.header('X-Y'),
                  names.join(),
                  wsi.hasBody,
                  wsi.contentLength,
                  wsi.pmo['k'],
                ].join(' '),
              );
            },
          },
        }),
      ],
      [{ mountpoint: '/m', origin: 'callback://x', pmo: { k: 'v' } }],
    );
    const { peer } = await connect();
    await peer.send(get('/m/a%20b?a=%31', 'x-y: z\r\n', 'DELETE'));
    expect(bodies(peer.text)).toEqual(['200 DELETE /m/a b /a b a=%31 1 z host,x-y false  v']);
    for (const read of [
      () => kept?.header('host'),
      () => kept?.path,
      () => kept?.query,
      () => kept?.urlArg('a'),
      () => kept?.eachHeader(() => undefined),
    ])
      expect(read).toThrow(expect.objectContaining({ code: 'LWS_ERR_HEADERS_GONE' }));
  });

  test('its body comes in pieces, then bodyCompletion, for an empty one too', async () => {
    const { connect } = await openCallback(
      [
        protocol({
          name: 'x',
          session: () => ({ got: '' }),
          http: {
            body(wsi, chunk) {
              wsi.session.got += `${new TextDecoder().decode(chunk)}|`;
            },
            bodyCompletion(wsi, trailers) {
              wsi.reply(200, [], `${wsi.session.got}${trailers.length}`);
            },
          },
        }),
      ],
      [{ mountpoint: '/m', origin: 'callback://x' }],
    );
    const { peer } = await connect();
    await peer.send(post('/m', 'abcd').slice(0, -2));
    await peer.send('cd');
    await peer.send(post('/m', '') + get('/m'));
    expect(bodies(peer.text)).toEqual(['200 ab|cd|0', '200 ab|cd|0', '404']);
  });

  test('rxFlowControl(false) stops the body at once', async () => {
    const chunks: string[] = [];
    let wsi: HttpWsi<unknown, unknown> | undefined;
    const { connect } = await openCallback(
      [
        protocol({
          name: 'x',
          http: {
            body(one, chunk) {
              wsi = one;
              chunks.push(new TextDecoder().decode(chunk));
              one.rxFlowControl(false);
            },
            bodyCompletion: (one) => one.reply(200),
          },
        }),
      ],
      [{ mountpoint: '/m', origin: 'callback://x' }],
    );
    const { peer } = await connect();
    await peer.send(post('/m', 'abcd').slice(0, -2));
    await peer.send('cd');
    expect(chunks).toEqual(['ab']);
    wsi?.rxFlowControl(true);
    await settle();
    expect(chunks).toEqual(['ab', 'cd']);
    expect(bodies(peer.text)).toEqual(['200']);
  });

  test.each([
    ['no handlers for http', {}, 'LWS_ERR_MOUNT_NO_HANDLER'],
    ['no request', { http: { body: () => undefined } }, 'LWS_ERR_MOUNT_NO_HANDLER'],
    ['none that answers', { http: { request: () => undefined } }, 'LWS_ERR_MOUNT_UNANSWERED'],
    [
      'a writeable that says nothing',
      {
        http: {
          request: (wsi: HttpWsi<undefined, undefined>) => wsi.requestWriteable(),
          writeable: () => undefined,
        },
      },
      'LWS_ERR_MOUNT_UNANSWERED',
    ],
  ] as const)('%s: 404', async (_name, spec, code) => {
    const { connect, vhost } = await openCallback(
      [protocol({ name: 'x', ...spec })],
      [{ mountpoint: '/m', origin: 'callback://x' }],
    );
    const { peer } = await connect();
    await peer.send(get('/m'));
    expect(bodies(peer.text)).toEqual(['404']);
    expect([...vhost.counters.refused.keys()]).toEqual([code]);
  });
});

describe('writeable', () => {
  test('streams with back-pressure, whoever else asks for it', async () => {
    let choked = 0;
    const { connect, vhost } = await openCallback(
      [
        protocol({
          name: 'x',
          session: () => ({ left: 40, begun: false }),
          http: {
            request: (wsi) => wsi.requestWriteable(),
            writeable(wsi, tx) {
              const { session } = wsi;
              if (!session.begun) tx.head(200, [['content-type', 'text/plain']], 40 * 10_000);
              session.begun = true;
              while (session.left > 0) {
                session.left--;
                if (!tx.body('x'.repeat(10_000))) {
                  choked++;
                  expect(tx.choked).toBe(true);
                  expect(() => tx.body('more')).toThrow(
                    expect.objectContaining({ code: 'LWS_ERR_TX_CHOKED' }),
                  );
                  break;
                }
              }
              if (session.left === 0) tx.end();
              else wsi.requestWriteable();
            },
          },
        }),
      ],
      [{ mountpoint: '/m', origin: 'callback://x' }],
    );
    const { peer } = await connect({ capacity: 20_000 });
    await peer.send(get('/m'));
    await addSpuriousWriteables(vhost.protocols);
    await settle(200);
    expect(bodies(peer.text)).toEqual([`200 ${'x'.repeat(400_000)}`]);
    expect(choked).toBeGreaterThan(3);
  });

  test('a tx is valid during the call', async () => {
    let tx: { body(data: string): boolean } | undefined;
    const { connect } = await openCallback(
      [
        protocol({
          name: 'x',
          http: {
            request: (wsi) => wsi.requestWriteable(),
            writeable(_wsi, given) {
              tx = given;
              given.head(200, [], 0);
              given.end();
            },
          },
        }),
      ],
      [{ mountpoint: '/m', origin: 'callback://x' }],
    );
    const { peer } = await connect();
    await peer.send(get('/m'));
    expect(bodies(peer.text)).toEqual(['200']);
    expect(() => tx?.body('x')).toThrow(expect.objectContaining({ code: 'LWS_ERR_TX_EXPIRED' }));
  });

  test.each(
    [1000, 16_384, 16_385, 60_000].flatMap((length) => [
      { length, of: 'an array', make: (size: number) => new Uint8Array(size) },
      // whose slice() shares memory
      { length, of: 'a Buffer', make: (size: number) => Buffer.alloc(size) },
    ]),
  )('$length bytes of $of are free again on return', async ({ length, make }) => {
    const { connect } = await openCallback(
      [
        protocol({
          name: 'x',
          http: {
            request: (wsi) => wsi.requestWriteable(),
            writeable(_wsi, tx) {
              const bytes = make(length).fill(0x61);
              tx.head(200, [], length);
              tx.body(bytes);
              bytes.fill(0x62);
              tx.end();
            },
          },
        }),
      ],
      [{ mountpoint: '/m', origin: 'callback://x' }],
    );
    const { peer } = await connect({ capacity: 1000 });
    await peer.send(get('/m'));
    await settle(200);
    expect(bodies(peer.text)).toEqual([`200 ${'a'.repeat(length)}`]);
  });
});

test('nothing was logged of a request that was answered', async () => {
  const { connect } = await openCallback([counter([]), other], mounts);
  const { peer } = await connect();
  await peer.send(get('/count'));
  expect(logged).toEqual([]);
});
