import type { HttpExchange } from '@lws-ts/interface';
import { settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { answered, echo, logged, openHttp, statuses } from './open-http.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

describe('heads', () => {
  test('SLO-1 not a byte: closed after timeoutSecs without a word', async () => {
    const { connect, clock, vhost } = await openHttp(echo);
    const { peer } = await connect();
    await clock.advance(9900);
    expect(peer.ended).toBe(false);
    await clock.advance(200);
    expect([peer.text, peer.ended, vhost.counters.rejected, logged]).toEqual(['', true, 0, []]);
  });

  test('empty lines alone: the same', async () => {
    const { connect, clock } = await openHttp(echo);
    const { peer } = await connect();
    await peer.send('\r\n\r\n');
    await clock.advance(10_100);
    expect([peer.text, peer.ended]).toEqual(['', true]);
  });

  test('SLO-2 dripping: 408 ten seconds after accept', async () => {
    const { connect, clock, vhost, lent } = await openHttp(echo);
    const { peer } = await connect();
    for (const byte of 'GE') {
      await peer.send(byte);
      await clock.advance(4000);
    }
    await peer.send('T');
    expect([peer.text, lent()]).toEqual(['', 1]);
    await clock.advance(2100);
    expect([statuses(peer.text), peer.ended, lent()]).toEqual([[408], true, 0]);
    expect([...vhost.counters.refused]).toEqual([['LWS_ERR_HTTP_HEAD_TIMEOUT', 1]]);
    expect(logged).toHaveLength(1);
  });

  test('SLO-2 a later request has ten seconds from its first byte', async () => {
    const { connect, clock } = await openHttp(echo);
    const { peer } = await connect();
    await clock.advance(9000);
    await peer.send(get);
    await clock.advance(4900);
    await peer.send('G');
    await clock.advance(9900);
    expect(statuses(peer.text)).toEqual([200]);
    await clock.advance(200);
    expect([statuses(peer.text), peer.ended]).toEqual([[200, 408], true]);
  });

  test('an exchange has no head deadline', async () => {
    let kept: HttpExchange | undefined;
    const { connect, clock } = await openHttp((exchange) => {
      kept = exchange;
      return answered;
    });
    const { peer } = await connect();
    await peer.send(get);
    await clock.advance(59_000);
    kept?.reply(200, [], 'slow');
    await settle();
    expect(peer.text).toContain('\r\n\r\nslow');
  });
});

describe('between requests', () => {
  test('SLO-5 idle: closed after keepaliveTimeout', async () => {
    const { connect, clock, lent } = await openHttp(echo);
    const { peer } = await connect();
    await peer.send(get);
    await clock.advance(3000);
    await peer.send(get);
    expect(lent()).toBe(0);
    await clock.advance(4900);
    expect(peer.ended).toBe(false);
    await clock.advance(200);
    expect([statuses(peer.text), peer.ended, logged]).toEqual([[200, 200], true, []]);
  });

  test('the options count', async () => {
    const { connect, clock } = await openHttp(echo, { keepaliveTimeout: 1, timeoutSecs: 2 });
    const { peer } = await connect();
    await peer.send(get);
    const { peer: other } = await connect();
    await other.send('G');
    const { peer: later } = await connect();
    await later.send(`${get}G`);
    await clock.advance(1100);
    expect([peer.ended, other.ended, later.ended]).toEqual([true, false, false]);
    await clock.advance(1000);
    expect([statuses(other.text), statuses(later.text)]).toEqual([[408], [200, 408]]);
  });

  test('a peer that still takes its answer is not idle', async () => {
    const { connect, clock } = await openHttp((exchange) => {
      exchange.reply(200, [], new Uint8Array(60_000));
      return answered;
    });
    const { peer } = await connect({ listening: false, capacity: 1000 });
    await peer.send(get);
    await clock.advance(8000);
    await peer.read(true);
    await settle(200);
    expect(peer.bytes.length).toBeGreaterThan(60_000);
    expect(peer.ended).toBe(true);
  });
});

describe('bodies and answers', () => {
  const reading = async () => {
    const opened = await openHttp((exchange) => {
      exchange.readBody({ chunk() {}, complete: () => exchange.reply(200, [], 'all') });
      return answered;
    });
    const { peer } = await opened.connect();
    return { ...opened, peer };
  };
  const post = (length: number): string =>
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;

  test('SLO-3 a body that drips is 408', async () => {
    const { peer, clock, vhost } = await reading();
    await peer.send(post(100_000));
    for (let second = 0; second < 9; second++) {
      await peer.send('x'.repeat(200));
      await clock.advance(1000);
    }
    expect(peer.text).toBe('');
    await clock.advance(1100);
    expect([statuses(peer.text), peer.ended]).toEqual([[408], true]);
    expect([...vhost.counters.refused.keys()]).toEqual(['LWS_ERR_HTTP_BODY_TIMEOUT']);
  });

  test('SLO-3 a body that keeps up 256 bytes a second goes on, to 300 seconds', async () => {
    const { peer, clock } = await reading();
    await peer.send(post(1_000_000));
    for (let tens = 0; tens < 29; tens++) {
      await peer.send('x'.repeat(2600));
      await clock.advance(10_000);
    }
    expect(peer.text).toBe('');
    await peer.send('x'.repeat(2600));
    await clock.advance(10_100);
    expect(statuses(peer.text)).toEqual([408]);
  });

  test('a body that the responder leaves waiting is not the peer\u2019s fault', async () => {
    let kept: HttpExchange | undefined;
    const { connect, clock } = await openHttp((exchange) => {
      kept = exchange;
      return answered;
    });
    const { peer } = await connect();
    await peer.send(`${post(3)}abc`);
    await clock.advance(59_000);
    kept?.readBody({ chunk() {}, complete: () => kept?.reply(200, [], 'all') });
    await settle();
    expect(peer.text).toContain('\r\n\r\nall');
  });

  test('SLO-4 a peer that stops taking its answer is reset after 20 seconds', async () => {
    const over: unknown[] = [];
    const { connect, clock, lent } = await openHttp((exchange) => {
      exchange.head(200, [], 1_000_000);
      exchange.requestWriteable();
      return {
        kind: 'answer',
        writeable: () => exchange.body(new Uint8Array(100_000)),
        done: (error) => over.push(error?.code),
      };
    });
    const { peer } = await connect({ listening: false });
    await peer.send(get);
    await clock.advance(19_900);
    expect([peer.isClosed, lent()]).toEqual([false, 1]);
    await clock.advance(300);
    expect(lent()).toBe(0);
    await peer.read(true);
    expect(peer.error?.code).toBe('LWS_ERR_TRANSPORT_RESET');
    expect(over).toHaveLength(1);
    expect(logged.join()).toContain('LWS_ERR_HTTP_STALLED');
  });
});

describe('SLO-4 between two requests', () => {
  const large = (exchange: HttpExchange) => {
    exchange.reply(200, [], new Uint8Array(60_000));
    return answered;
  };

  test('who takes nothing of what was answered is reset 20 seconds after it stopped', async () => {
    const { connect, clock } = await openHttp(large);
    const { peer } = await connect({ listening: false });
    await peer.send(get.repeat(20));
    await clock.advance(19_900);
    expect(peer.isClosed).toBe(false);
    await clock.advance(300);
    await peer.read(true);
    expect(peer.error?.code).toBe('LWS_ERR_TRANSPORT_RESET');
    expect(logged.join()).toContain('LWS_ERR_HTTP_STALLED');
  });

  test('who took it all is idle from then on', async () => {
    const { connect, clock } = await openHttp(large);
    const { peer } = await connect({ listening: false });
    await peer.send(get.repeat(3));
    await clock.advance(4000);
    expect(peer.ended).toBe(false);
    await peer.read(true);
    await clock.advance(4000);
    expect(statuses(peer.text)).toEqual([200, 200, 200]);
    expect(peer.ended).toBe(false);
    await clock.advance(4000);
    expect(peer.ended).toBe(true);
  });
});

describe('an answer that does not begin', () => {
  const never = (readsBody: boolean) => {
    const ends: (string | undefined)[] = [];
    let bytes = 0;
    const respond = (exchange: HttpExchange) => {
      const chunk = (some: Uint8Array) => {
        bytes += some.length;
      };
      const sink = { chunk, complete() {} };
      if (readsBody) exchange.readBody(sink);
      return { ...answered, done: (error?: { code: string }) => void ends.push(error?.code) };
    };
    return { respond, ends, bytes: () => bytes };
  };

  test('is 503 after answerTimeoutSecs, counted, logged, and told to who took it', async () => {
    const { respond, ends } = never(false);
    const { connect, clock, vhost, lent } = await openHttp(respond);
    const { peer } = await connect();
    await peer.send(get + get);
    await clock.advance(59_900);
    expect([peer.text, ends]).toEqual(['', []]);
    await clock.advance(200);
    expect([statuses(peer.text), peer.ended, lent()]).toEqual([[503], true, 0]);
    expect(ends).toEqual(['LWS_ERR_HTTP_ANSWER_TIMEOUT']);
    expect([...vhost.counters.refused]).toEqual([['LWS_ERR_HTTP_ANSWER_TIMEOUT', 1]]);
    expect([vhost.counters.rejected, logged.length]).toEqual([1, 1]);
  });

  test('the option counts, for each request anew', async () => {
    const exchanges: HttpExchange[] = [];
    const { connect, clock } = await openHttp(
      (exchange) => {
        exchanges.push(exchange);
        return answered;
      },
      { answerTimeoutSecs: 0.5 },
    );
    const { peer } = await connect();
    for (const _request of '123') {
      await peer.send(get);
      await clock.advance(400);
      exchanges.at(-1)?.reply(200, []);
      await settle();
      await clock.advance(300);
    }
    expect(statuses(peer.text)).toEqual([200, 200, 200]);
    await peer.send(get);
    await clock.advance(600);
    expect(statuses(peer.text)).toEqual([200, 200, 200, 503]);
  });

  test('a body that is read puts it off as long as it comes', async () => {
    const { respond, bytes } = never(true);
    const { connect, clock } = await openHttp(respond, { answerTimeoutSecs: 3 });
    const { peer } = await connect();
    await peer.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8000\r\n\r\n');
    for (let second = 1; second <= 8; second++) {
      await clock.advance(1000);
      await peer.send('x'.repeat(1000));
    }
    await clock.advance(2900);
    expect([peer.text, bytes()]).toEqual(['', 8000]);
    await clock.advance(200);
    expect(statuses(peer.text)).toEqual([503]);
  });

  test('one that has begun may take its time', async () => {
    const { connect, clock } = await openHttp((exchange) => {
      exchange.head(200, []);
      return answered;
    });
    const { peer } = await connect();
    await peer.send(get);
    await clock.advance(600_000);
    expect([statuses(peer.text), peer.ended]).toEqual([[200], false]);
  });
});
