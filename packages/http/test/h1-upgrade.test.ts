import { noteUpgraded, writeRefusal } from '@lws-ts/http';
import {
  errorTable,
  type HttpExchange,
  type KeptHeaders,
  type Role,
  type RoleHost,
  type RoleState,
} from '@lws-ts/interface';
import { settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';
import { answered, echo, logged, ok, openHttp, type Respond, statuses } from './open-http.ts';

const upgrade = (fields = '', method = 'GET'): string =>
  `${method} /up HTTP/1.1\r\nHost: a\r\nConnection: x, Upgrade\r\nUpgrade: lines\r\n${fields}\r\n`;
const get = 'GET /next HTTP/1.1\r\nHost: a\r\n\r\n';
const { LWS_ERR_TEST } = errorTable({
  LWS_ERR_TEST: { message: 'a test refuses', hint: 'None.', status: 426 },
});

function say(host: RoleHost, text: string): void {
  const into = host.reserve(text.length);
  for (let at = 0; at < text.length; at++) into[host.reservedAt + at] = text.charCodeAt(at);
  host.commit(text.length);
}

/** A role that says 101 and hears bytes. */
class LinesState implements RoleState {
  readonly name = 'lines';
  readonly heard: string[] = [];
  rx(bytes: Uint8Array): number {
    this.heard.push(Buffer.from(bytes).toString());
    return bytes.length;
  }
  writeable(): void {}
  service(): boolean {
    return false;
  }
  timeout(): void {}
  timer(): void {}
  peerEnded(): void {}
  drained(): void {}
  closing(): boolean {
    return false;
  }
  threw(): void {}
  leaving(): void {}
  gone(): void {
    this.heard.push('gone');
  }
}

function taking(name: string, keep = false) {
  const state = new LinesState();
  const kept: KeptHeaders[] = [];
  const asked: string[] = [];
  const role: Role = {
    name,
    acceptUpgrade: (exchange) => {
      asked.push(`${name} ${exchange.request.field('upgrade')}`);
      return {
        kind: 'take',
        start: (host) => {
          if (keep) kept.push(exchange.keepHeaders());
          say(host, `101 ${name}\n`);
          return state;
        },
      };
    },
  };
  return { role, state, kept, asked };
}

const passing: Role = { name: 'passing', acceptUpgrade: () => undefined };

describe('an upgrade', () => {
  test('is taken by the first role that wants it; bytes behind the head are its own', async () => {
    const first = taking('first');
    const second = taking('second');
    const { connect, vhost, lent, clock } = await openHttp(() => undefined, {
      roles: [passing, first.role, second.role],
    });
    const { peer } = await connect();
    await peer.send(`${upgrade()}hello`);
    await peer.send(' there');
    expect(peer.text).toBe('101 first\n');
    expect(first.state.heard.join('')).toBe('hello there');
    expect([first.asked, second.asked]).toEqual([['first lines'], []]);
    expect([lent(), vhost.counters.h1_trans, vhost.counters.rejected]).toEqual([0, 1, 0]);
    await clock.advance(60_000);
    expect(peer.ended).toBe(false);
    await peer.reset();
    expect(first.state.heard.at(-1)).toBe('gone');
  });

  test('the mount of the path is asked before the roles', async () => {
    const { role, asked } = taking('role');
    const own = taking('mount');
    const { connect } = await openHttp((exchange) => own.role.acceptUpgrade?.(exchange), {
      roles: [role],
    });
    const { peer } = await connect();
    await peer.send(upgrade());
    expect([peer.text, asked]).toEqual(['101 mount\n', []]);
  });

  test('the header table goes with it until it is released', async () => {
    const { role, kept } = taking('role', true);
    const { connect, lent } = await openHttp(() => undefined, { roles: [role] });
    const { peer } = await connect();
    await peer.send(upgrade('X: y\r\n'));
    expect([kept[0]?.request.field('x'), kept[0]?.request.path, lent()]).toEqual(['y', '/up', 1]);
    kept[0]?.release();
    kept[0]?.release();
    expect(lent()).toBe(0);
    expect(() => kept[0]?.request.field('x')).toThrow(
      expect.objectContaining({ code: 'LWS_ERR_HTTP_HEADERS_GONE' }),
    );
  });

  test('refused: status, fields, one line, and nothing after it', async () => {
    const refusing: Respond = () => ({
      kind: 'refuse',
      status: 426,
      fields: [['upgrade', 'lines']],
      error: LWS_ERR_TEST,
      detail: 'because',
    });
    const { connect, vhost, lent } = await openHttp(refusing);
    const { peer } = await connect();
    await peer.send(upgrade() + get);
    expect(statuses(peer.text)).toEqual([426]);
    expect(peer.text).toMatch(/\r\nupgrade: lines\r\n.*\r\nconnection: close, upgrade\r\n\r\n</s);
    expect([peer.ended, lent(), vhost.counters.rejected, vhost.counters.h1_trans]).toEqual([
      true,
      0,
      1,
      1,
    ]);
    expect(logged).toHaveLength(1);
    expect(logged[0]).toContain('LWS_ERR_TEST');
    expect(logged[0]).toContain('because');
  });

  test('that nobody takes is a plain request, and the connection goes on', async () => {
    const seen: unknown[] = [];
    const { connect } = await openHttp(
      (exchange) => {
        const names: string[] = [];
        exchange.request.each((name) => names.push(name));
        const { request } = exchange;
        seen.push(request.field('upgrade'), request.list('upgrade'), names.includes('upgrade'));
        return exchange.request.field('upgrade') === undefined ? echo(exchange) : undefined;
      },
      { roles: [passing] },
    );
    const { peer } = await connect();
    await peer.send(upgrade() + get);
    expect(peer.text).toBe(ok('GET /up') + ok('GET /next'));
    const plain = [undefined, undefined, false];
    expect(seen).toEqual(['lines', 'lines', true, ...plain, ...plain]);
  });

  test('may also be answered by the mount it is offered to', async () => {
    const { role, asked } = taking('role');
    const { connect } = await openHttp(echo, { roles: [role] });
    const { peer } = await connect();
    await peer.send(upgrade() + get);
    expect([peer.text, asked]).toEqual([ok('GET /up') + ok('GET /next'), []]);
  });

  test('SMG-13 with a body: never taken', async () => {
    const { role, state } = taking('role');
    const { connect, vhost } = await openHttp(() => undefined, { roles: [role] });
    const { peer } = await connect();
    await peer.send(`${upgrade('Content-Length: 5\r\n')}hello${get}`);
    expect([statuses(peer.text), peer.ended, state.heard]).toEqual([[400], true, []]);
    expect([...vhost.counters.refused.keys()]).toEqual(['LWS_ERR_HTTP_UPGRADE_BODY']);
  });

  test.each([
    ['without Connection', 'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: lines\r\n\r\n'],
    ['in HTTP/1.0', 'GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: lines\r\n\r\n'],
    ['without Upgrade', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n\r\n'],
  ])('%s it is none', async (_name, request) => {
    const { role, asked } = taking('role');
    const { connect } = await openHttp(
      (exchange) => (exchange.request.field('upgrade') === undefined ? echo(exchange) : undefined),
      { roles: [role] },
    );
    const { peer } = await connect();
    await peer.send(request);
    expect([statuses(peer.text), asked]).toEqual([[200], []]);
  });

  test('a role that throws while it judges is 500', async () => {
    const throwing: Role = {
      name: 'throwing',
      acceptUpgrade: () => {
        throw new Error('in acceptUpgrade');
      },
    };
    const { connect, lent } = await openHttp(() => undefined, { roles: [throwing] });
    const { peer } = await connect();
    await peer.send(upgrade() + get);
    expect([statuses(peer.text), peer.ended, lent()]).toEqual([[500], true, 0]);
  });

  test.each([false, true])(
    'a role that throws at its start leaves no header table behind (kept: %j)',
    async (keep) => {
      const throwing: Role = {
        name: 'throwing',
        acceptUpgrade: (exchange) => ({
          kind: 'take',
          start: () => {
            if (keep) exchange.keepHeaders();
            throw new Error('in start');
          },
        }),
      };
      const { connect, lent } = await openHttp(() => undefined, { roles: [throwing] });
      const { peer } = await connect();
      await peer.send(upgrade());
      expect([peer.isClosed, peer.text, lent()]).toEqual([true, '', 0]);
    },
  );

  test('a role that took it can still refuse', async () => {
    let host: RoleHost | undefined;
    const late: Role = {
      name: 'late',
      acceptUpgrade: () => ({
        kind: 'take',
        start: (own) => {
          host = own;
          return new LinesState();
        },
      }),
    };
    const { connect, vhost } = await openHttp(() => undefined, { roles: [late] });
    const { peer } = await connect();
    await peer.send(upgrade());
    if (host !== undefined) writeRefusal(host, 403, [['x-why', 'no']], LWS_ERR_TEST, 'late');
    await settle();
    expect(statuses(peer.text)).toEqual([403]);
    expect(peer.text).toMatch(
      /\r\nx-why: no\r\n.*\r\nconnection: close\r\n\r\n.*<title>403 Forbidden<\/title>.*<\/html>\n$/s,
    );
    expect([peer.ended, vhost.counters.rejected, logged.length]).toEqual([true, 1, 1]);
  });
});

describe('header tables', () => {
  test('none is held while idle; over the pool a connection waits without reading', async () => {
    const kept: HttpExchange[] = [];
    const { connect, lent, clock } = await openHttp(
      (exchange) => {
        kept.push(exchange);
        return answered;
      },
      { maxHttpHeaderPool: 2, maxHttpHeaderCopies: 0 },
    );
    const peers = [];
    for (let at = 0; at < 4; at++) peers.push(await connect());
    expect(lent()).toBe(0);
    for (const { peer } of peers) await peer.send(get);
    expect([kept.length, lent()]).toEqual([2, 2]);
    expect(peers.map(({ server }) => server.reading)).toEqual([true, true, false, false]);
    kept[0]?.reply(200, [], 'a');
    await settle();
    expect([kept.length, lent()]).toEqual([3, 2]);
    expect(peers[2]?.server.reading).toBe(true);
    // The last one waits in vain: it is told so when its time is over.
    await clock.advance(10_100);
    expect(statuses(peers[3]?.peer.text ?? '')).toEqual([503]);
    kept[1]?.reply(200, [], 'b');
    kept[2]?.reply(200, [], 'c');
    await settle();
    expect(lent()).toBe(0);
    expect(statuses(peers[2]?.peer.text ?? '')).toEqual([200]);
  });

  test('a connection that goes while it waits is forgotten', async () => {
    const kept: HttpExchange[] = [];
    const { connect, lent, context } = await openHttp(
      (exchange) => {
        kept.push(exchange);
        return answered;
      },
      { maxHttpHeaderPool: 1, maxHttpHeaderCopies: 0 },
    );
    const { peer } = await connect();
    await peer.send(get);
    const { peer: waiting } = await connect();
    await waiting.send(get);
    await context.close({ deadlineSecs: 0 });
    await settle();
    expect([kept.length, waiting.isClosed, lent()]).toEqual([1, true, 0]);
  });

  test('pipelined requests let those who wait go first', async () => {
    const order: string[] = [];
    const { connect } = await openHttp(
      (exchange) => {
        order.push(exchange.request.path);
        return echo(exchange);
      },
      { maxHttpHeaderPool: 1, maxHttpHeaderCopies: 0 },
    );
    const { peer: slow } = await connect();
    await slow.send('GET /slow1 HTTP/1.1\r\nHost: a\r\n');
    const { peer: other } = await connect();
    await other.send('GET /other HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(order).toEqual([]);
    await slow.send('\r\nGET /slow2 HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(order).toEqual(['/slow1', '/other', '/slow2']);
  });
});

describe('the access log of a taken upgrade', () => {
  async function logOf(keep: boolean, then: (host: RoleHost, kept: KeptHeaders[]) => void) {
    const lines: string[] = [];
    const { role, kept } = taking('first', keep);
    const logging: Role = {
      name: 'first',
      acceptUpgrade(exchange) {
        const answer = role.acceptUpgrade?.(exchange);
        if (answer?.kind !== 'take') return answer;
        exchange.user = 'ann';
        const start = (host: RoleHost): RoleState => {
          const state = answer.start(host);
          then(host, kept);
          return state;
        };
        return { kind: 'take', start };
      },
    };
    const opened = await openHttp(() => undefined, {
      roles: [logging],
      accessLog: (line) => lines.push(line),
    });
    const { peer } = await opened.connect();
    await peer.send(upgrade('User-Agent: b\r\n'));
    return { lines, kept, peer };
  }
  const line = (status: string): string =>
    `192.0.2.1 - ann [01/Jan/2026:00:00:00 +0000] "GET /up HTTP/1.1" ${status} "-" "b"`;

  test('is 101 at once for a role that keeps no headers', async () => {
    expect((await logOf(false, () => undefined)).lines).toEqual([line('101 -')]);
  });

  test('is 101 for one that keeps them, once it says so, and once', async () => {
    const { lines, kept } = await logOf(true, (host) => {
      setImmediate(() => {
        noteUpgraded(host);
        noteUpgraded(host);
      });
    });
    await settle();
    kept[0]?.release();
    expect(lines).toEqual([line('101 -')]);
  });

  test.each([true, false])('is what it is refused with (headers kept: %s)', async (keep) => {
    const { lines, kept } = await logOf(keep, (host) => writeRefusal(host, 403));
    kept[0]?.release();
    expect(lines).toEqual([expect.stringMatching(/ 403 \d+ "-" "b"$/)]);
  });

  test('is 499 where the peer was gone before', async () => {
    const { lines, kept } = await logOf(true, () => undefined);
    expect(lines).toEqual([]);
    kept[0]?.release();
    expect(lines).toEqual([line('499 -')]);
  });
});
