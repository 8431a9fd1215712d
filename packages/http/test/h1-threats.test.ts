/** Inputs of the table of threats that no other file has. */
import { describe, expect, test } from 'vitest';
import { answered, echo, openHttp, statuses } from './open-http.ts';

const get = (path = '/', fields = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;

test('SMG-11 garbage behind a body is the next request, and refused; nothing after it runs', async () => {
  const { connect, vhost } = await openHttp(echo);
  const { peer } = await connect();
  await peer.send(
    `POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcgarbage\r\n${get('/smuggled')}`,
  );
  expect([statuses(peer.text), peer.ended, vhost.counters.h1_trans]).toEqual([[200, 400], true, 1]);
  expect(peer.text).not.toContain('smuggled');
});

describe('SMG-12', () => {
  test.each(['200-ok', '', '100-continue, x', '100-continued'])(
    'the expectation %j is 417 before anybody is asked',
    async (value) => {
      const { connect } = await openHttp(() => {
        throw new Error('asked');
      });
      const { peer } = await connect();
      await peer.send(get('/', `Expect: ${value}\r\nContent-Length: 3\r\n`));
      expect([statuses(peer.text), peer.ended]).toEqual([[417], true]);
    },
  );

  test('on GET with a body: one 100 when it is read', async () => {
    const { connect } = await openHttp((exchange) => {
      exchange.readBody({ chunk() {}, complete: () => exchange.reply(200, []) });
      return answered;
    });
    const { peer } = await connect();
    await peer.send(get('/', 'Expect: 100-continue\r\nContent-Length: 3\r\n'));
    expect(statuses(peer.text)).toEqual([100]);
    await peer.send('abc');
    expect([statuses(peer.text), peer.ended]).toEqual([[100, 200], false]);
  });
});

describe('deadlines', () => {
  test('SLO-2 one field in 5 seconds: 408 ten seconds after the first byte', async () => {
    const { connect, clock } = await openHttp(echo);
    const { peer } = await connect();
    await peer.send('GET / HTTP/1.1\r\n');
    for (const field of ['Host: a\r\n', 'X: 1\r\n']) {
      await clock.advance(4990);
      await peer.send(field);
    }
    expect(peer.text).toBe('');
    await clock.advance(30);
    expect([statuses(peer.text), peer.ended]).toEqual([[408], true]);
  });

  test('SLO-7 the begin of TLS on a plain port is refused at its first byte', async () => {
    const { connect } = await openHttp(echo);
    const { peer } = await connect();
    await peer.send('\x16');
    expect([statuses(peer.text), peer.ended]).toEqual([[400], true]);
  });

  test('SLO-4 32 bytes in 5 seconds of a large answer: cut', async () => {
    const { connect, clock } = await openHttp((exchange) => {
      exchange.head(200, [], 1_000_000);
      exchange.requestWriteable();
      return {
        kind: 'answer',
        writeable: () => exchange.body(new Uint8Array(100_000)),
        done() {},
      };
    });
    const { peer } = await connect({ listening: false, capacity: 32 });
    await peer.send(get());
    for (let look = 0; look < 8; look++) {
      peer.readOnce();
      await clock.advance(5000);
    }
    expect(peer.isClosed || peer.error !== undefined).toBe(true);
  });
});

test('OUT-3 error pages say nothing of the request', async () => {
  const { connect } = await openHttp(() => undefined);
  const { peer } = await connect();
  await peer.send(get('/%3Cscript%3Ex%3C/script%3E?<script>y'.replaceAll('%3C/', '%3C')));
  expect(statuses(peer.text)).toEqual([404]);
  expect(peer.text).not.toMatch(/script|%3C/i);
});

test('OUT-4, OUT-5 error pages are not sniffed and not stored, and nothing says what the server is', async () => {
  const { connect } = await openHttp(() => undefined);
  for (const request of [get('/none'), 'GET / HTTP/1.1\r\n\r\n', get('/', 'Expect: x\r\n')]) {
    const { peer } = await connect();
    await peer.send(request);
    expect(peer.text).toContain('\r\nx-content-type-options: nosniff\r\n');
    expect(peer.text).toContain('\r\ncache-control: no-store\r\n');
    expect(peer.text).not.toMatch(/\r\n(?:server|x-powered-by):/i);
  }
});
