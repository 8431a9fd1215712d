/** A head that is not complete waits for the rest in a copy when others need its header table (SLO-8). */
import { settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import {
  answered,
  ask,
  echo,
  get,
  logged,
  ok,
  openHttp,
  type Respond,
  statuses,
} from './open-http.ts';

/** What a parked head of one byte counts for. */
const COPY = 1024 + 1;

/** Tells the head back: nothing of it is lost. */
const tell: Respond = (exchange) => {
  const fields: string[] = [];
  exchange.request.each((name, value) => fields.push(`${name}=${value}`));
  exchange.reply(200, [], `${exchange.request.method} ${exchange.request.path} ${fields.join()}`);
  return answered;
};

describe('newcomers', () => {
  test('300 heads of one byte over a pool of 4: each good request is answered at once, nobody is cut', async () => {
    const opened = await openHttp(echo, { maxHttpHeaderPool: 4 });
    const slow = [];
    for (let at = 0; at < 300; at++) {
      slow.push(await ask(opened, 'G'));
      expect((await ask(opened, get)).text).toBe(ok('GET /'));
    }
    expect(opened.lent()).toBeLessThanOrEqual(4);
    expect(opened.copies()[0]).toBe(300 - opened.lent());
    for (const peer of slow) await peer.send(get.slice(1));
    expect(slow.filter((peer) => peer.text !== ok('GET /'))).toEqual([]);
    expect([opened.lent(), opened.copies()]).toEqual([0, [0, 0]]);
    expect(opened.vhost.counters.refused.size).toBe(0);
  });

  test('do not wait behind heads that drip, however often these move', async () => {
    const opened = await openHttp(echo, { maxHttpHeaderPool: 2 });
    const slow = [];
    for (let at = 0; at < 20; at++)
      slow.push(await ask(opened, 'GET / HTTP/1.1\r\nHost: a\r\nX: '));
    for (let round = 0; round < 9; round++) {
      for (const peer of slow) {
        await peer.send('x');
        await opened.clock.advance(50);
      }
      expect(statuses((await ask(opened, get)).text)).toEqual([200]);
    }
    expect(slow.every((peer) => peer.text === '')).toBe(true);
  });
});

describe('the head is the same', () => {
  const heads: readonly (readonly [string, string])[] = [
    ['plain', 'GET /a/../b?q=1 HTTP/1.1\r\nHost: a\r\nX-Y: z\r\n\r\n'],
    ['behind empty lines', '\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['absolute', 'GET http://a/%41 HTTP/1.1\r\nHost: a\r\nCookie: \t b \t\r\n\r\n'],
    ['of HTTP/1.0', 'HEAD / HTTP/1.0\r\n\r\n'],
    ['with a tab in a length', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\t0\r\n\r\n'],
    [
      'with two lengths',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n',
    ],
    ['too long', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(300)}\r\n\r\n`],
    ['with too many fields', 'GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 1\r\nC: 1\r\n\r\n'],
  ];

  test.each(heads)('%s: at every split, when its table was taken there', async (_name, head) => {
    const options = { maxHttpHeaderPool: 1, maxHttpHeaderData: 256, maxHeaderFields: 3 };
    const undisturbed = (await ask(await openHttp(tell, options), head)).text;
    expect(statuses(undisturbed)).toHaveLength(1);
    const opened = await openHttp(tell, options);
    for (let at = 1; at < head.length; at++) {
      const slow = await ask(opened, head.slice(0, at));
      if (slow.text !== '') {
        expect(slow.text, `at ${at}`).toBe(undisturbed);
        continue;
      }
      const other = await ask(opened, get);
      await slow.send(head.slice(at));
      expect([slow.text, statuses(other.text)], `at ${at}`).toEqual([undisturbed, [200]]);
    }
    expect([opened.lent(), opened.copies()]).toEqual([0, [0, 0]]);
  });

  test('two heads that come byte by byte take the only table from each other', async () => {
    const opened = await openHttp(tell, { maxHttpHeaderPool: 1 });
    const [, head] = heads[0] ?? ['', ''];
    const a = await ask(opened, head.slice(0, 1));
    const b = await ask(opened, head.slice(0, 1));
    for (let at = 1; at < head.length; at++) {
      await a.send(head[at] ?? '');
      await b.send(head[at] ?? '');
    }
    const body = 'GET /b host=a,x-y=z';
    expect([a.text, b.text]).toEqual([ok(body), ok(body)]);
  });

  test('requests of one connection are answered in order, the parked one and those behind it', async () => {
    const opened = await openHttp(echo, { maxHttpHeaderPool: 1 });
    const slow = await ask(opened, 'GET /1 HTTP/1.1\r\nHo');
    await ask(opened, get);
    expect(opened.copies()[0]).toBe(1);
    await slow.send(`st: a\r\n\r\n${get.replace('/', '/2')}GET /3 HTTP/1.1\r\nHost`);
    await ask(opened, get);
    await slow.send(': a\r\n\r\n');
    expect(slow.text).toBe(ok('GET /1') + ok('GET /2') + ok('GET /3'));
  });
});

describe('a parked head', () => {
  async function parked(text: string, options = {}) {
    const opened = await openHttp(echo, { maxHttpHeaderPool: 1, ...options });
    const slow = await ask(opened, text);
    await ask(opened, get);
    expect(opened.copies()[0]).toBe(1);
    return { opened, slow };
  }

  test('has the same deadline: 408 timeoutSecs after it began', async () => {
    const { opened, slow } = await parked('GET / HTTP/1.1\r\n');
    for (let second = 0; second < 9; second++) {
      await opened.clock.advance(1000);
      await slow.send('x');
      await ask(opened, get);
    }
    await opened.clock.advance(900);
    expect(slow.text).toBe('');
    await opened.clock.advance(200);
    expect([statuses(slow.text), opened.lent(), opened.copies()]).toEqual([[408], 0, [0, 0]]);
    expect(logged.join()).toContain('LWS_ERR_HTTP_HEAD_TIMEOUT');
  });

  test('is 408 after timeoutSecsAhIdle without a byte; of HEAD without a body', async () => {
    const { opened, slow } = await parked('HEAD / HTTP/1.1\r\n', { timeoutSecsAhIdle: 1 });
    await opened.clock.advance(900);
    expect(slow.text).toBe('');
    await opened.clock.advance(200);
    expect([statuses(slow.text), slow.text.endsWith('\r\n\r\n')]).toEqual([[408], true]);
    expect(logged.join()).toContain('LWS_ERR_HTTP_HEAD_STALLED');
  });

  test('leaves nothing behind when its peer goes', async () => {
    const { opened, slow } = await parked('G');
    expect(opened.copies()[1]).toBe(COPY);
    await slow.reset();
    await settle();
    expect([opened.lent(), opened.copies()]).toEqual([0, [0, 0]]);
    expect(opened.context.memory.input).toBe(0);
  });

  test('counts among what is kept of input, and among heads', async () => {
    const { opened, slow } = await parked('GET');
    expect(opened.context.memory.input).toBe(COPY + 2);
    expect(opened.context.memory['headers']).toBe(COPY + 2);
    await slow.send(get.slice(3));
    expect(slow.text).toBe(ok('GET /'));
    expect([opened.context.memory.input, opened.context.memory['headers']]).toEqual([0, 0]);
  });

  test('over maxInputBytesTotal who was parked first is cut', async () => {
    const opened = await openHttp(echo, {
      maxHttpHeaderPool: 1,
      maxInputBytesTotal: 2 * COPY,
    });
    const slow = [];
    for (let at = 0; at < 3; at++) slow.push(await ask(opened, 'G'));
    expect(slow.map((peer) => peer.error !== undefined)).toEqual([false, false, false]);
    const good = await ask(opened, get);
    expect([good.text, slow.map((peer) => peer.error !== undefined)]).toEqual([
      ok('GET /'),
      [true, false, false],
    ]);
    expect(opened.vhost.counters.refused.get('LWS_ERR_INPUT_TOTAL')).toBe(1);
  });
});

describe('where maxHttpHeaderCopies are spent', () => {
  const spent = { maxHttpHeaderPool: 1, maxHttpHeaderCopies: 2 * COPY };

  test('the head that moved least recently is 408 for a newcomer, a parked one before one with a table', async () => {
    const opened = await openHttp(echo, spent);
    const slow = [];
    for (let at = 0; at < 3; at++) {
      slow.push(await ask(opened, 'G'));
      await opened.clock.advance(10);
    }
    await opened.clock.advance(250);
    const good = await ask(opened, get);
    expect([good.text, slow.map((peer) => statuses(peer.text))]).toEqual([
      ok('GET /'),
      [[408], [], []],
    ]);
    expect(opened.vhost.counters.refused.get('LWS_ERR_HTTP_HEAD_STALLED')).toBe(1);
  });

  test('heads that moved within 250 ms are left alone: the newcomer waits', async () => {
    const opened = await openHttp(echo, spent);
    const slow = [];
    for (let at = 0; at < 3; at++) slow.push(await ask(opened, 'G'));
    const good = await ask(opened, get);
    await opened.clock.advance(200);
    expect([good.text, slow.map((peer) => peer.text)]).toEqual(['', ['', '', '']]);
    await opened.clock.advance(100);
    expect([good.text, slow.map((peer) => statuses(peer.text))]).toEqual([
      ok('GET /'),
      [[408], [], []],
    ]);
  });

  test('whose head goes on waits like a newcomer, in order, and is not the one that is given up', async () => {
    const opened = await openHttp(echo, spent);
    const slow = [];
    for (let at = 0; at < 3; at++) slow.push(await ask(opened, 'G'));
    await slow[0]?.send(get.slice(1));
    const later = await ask(opened, get.replace('/', '/later'));
    expect([slow[0]?.text, later.text]).toEqual(['', '']);
    await slow[2]?.send(get.slice(1));
    expect([slow[0]?.text, slow[2]?.text, later.text]).toEqual([
      ok('GET /'),
      ok('GET /'),
      ok('GET /later'),
    ]);
    await opened.clock.advance(400);
    expect(statuses(slow[1]?.text ?? '')).toEqual([]);
    await slow[1]?.send(get.slice(1));
    expect([slow[1]?.text, opened.lent(), opened.copies()]).toEqual([ok('GET /'), 0, [0, 0]]);
  });

  test('so many are given up as the copy of a larger one needs, at once', async () => {
    const opened = await openHttp(echo, spent);
    const slow = [await ask(opened, 'G'), await ask(opened, 'G')];
    slow.push(await ask(opened, `GET /${'x'.repeat(500)}`));
    await opened.clock.advance(300);
    const good = await ask(opened, get);
    expect([good.text, slow.map((peer) => statuses(peer.text))]).toEqual([
      ok('GET /'),
      [[408], [408], []],
    ]);
  });

  test('who waits behind a head that has just got its table has it as soon as that stands still', async () => {
    const opened = await openHttp(echo, spent);
    const slow = [];
    for (let at = 0; at < 3; at++) slow.push(await ask(opened, 'G'));
    const next = await ask(opened, 'G');
    const last = await ask(opened, get);
    // two copies at a time: the first serves `next`, which has not been read yet when the second is free
    await Promise.all([slow[0]?.reset(), slow[1]?.reset()]);
    expect([next.text, last.text]).toEqual(['', ok('GET /')]);
  });

  test('whose head goes on and waits to the end of its time is 503', async () => {
    const opened = await openHttp(
      (exchange) => (exchange.request.path === '/' ? answered : undefined),
      {
        maxHttpHeaderPool: 1,
        maxHttpHeaderCopies: COPY,
        answerTimeoutSecs: 60,
      },
    );
    const slow = await ask(opened, 'G');
    await ask(opened, get);
    await slow.send(get.slice(1));
    await opened.clock.advance(9900);
    expect(slow.text).toBe('');
    await opened.clock.advance(200);
    expect(statuses(slow.text)).toEqual([503]);
    expect(opened.copies()).toEqual([0, 0]);
  });
});
