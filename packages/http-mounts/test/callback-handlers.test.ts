import { type Held, type HttpHandlers, type HttpWsi, protocol } from '@lws-ts/interface';
import { settle } from '@lws-ts/test-kit';
import { describe, expect, test, vi } from 'vitest';
import { diskRoot } from './mounted.ts';
import { bodies, get, logged, openCallback, post } from './open-callback.ts';

type Any = HttpHandlers<unknown, unknown>;
type One = HttpWsi<unknown, unknown>;
const mount = { mountpoint: '/m', origin: 'callback://x' } as const;
const open = (http: Any) => openCallback([protocol({ name: 'x', http })], [mount]);
const root = diskRoot({
  'a.txt': 'alpha',
  'sub/b.txt': 'beta',
  'c.unknown': 'gamma',
  'large.txt': 'x'.repeat(200_000),
});

async function ask(http: Any, wire = get('/m')) {
  const opened = await open(http);
  const { peer } = await opened.connect();
  await peer.send(wire);
  return { ...opened, peer, codes: [...opened.vhost.counters.refused.keys()] };
}

describe('checkAccessRights', () => {
  test.each([
    ['true', () => true, '200'],
    ['false', () => false, '403'],
    ['-1', () => -1 as const, '403'],
    ['its own answer', (wsi: One) => wsi.reply(401, [], 'who') !== undefined, '401 who'],
  ])('%s', async (_name, checkAccessRights, answer) => {
    const { peer } = await ask({ checkAccessRights, request: (wsi) => wsi.reply(200) });
    expect(bodies(peer.text)).toEqual([answer]);
  });

  test.each([
    ['accept', (held: Held) => held.accept(), '200'],
    ['refuse', (held: Held) => held.refuse(418), '418'],
  ])('held: %s', async (_name, settleHold, answer) => {
    let held: Held | undefined;
    const { peer } = await ask({
      checkAccessRights(wsi) {
        held = wsi.hold();
        return false;
      },
      request: (wsi) => wsi.reply(200),
    });
    expect(peer.text).toBe('');
    expect(held === undefined ? undefined : settleHold(held)).toBe(true);
    await settle();
    expect(bodies(peer.text)).toEqual([answer]);
  });
});

describe('an answer that comes later', () => {
  test('holds the wsi, and the next request waits for it', async () => {
    let first: One | undefined;
    const { peer } = await ask(
      {
        request(wsi) {
          if (wsi.pathInMount === '/now') return wsi.reply(200, [], 'now');
          first = wsi;
          wsi.hold();
        },
      },
      get('/m/late') + get('/m/now'),
    );
    expect(peer.text).toBe('');
    first?.reply(200, [], 'late');
    await settle();
    expect(bodies(peer.text)).toEqual(['200 late', '200 now']);
    // a second answer, too late: it must not go to another request
    first?.reply(200, [], 'again');
    await settle();
    expect(bodies(peer.text)).toHaveLength(2);
  });

  test.each(['body', 'bodyCompletion', 'timer'])(
    'and goes on behind a hold in %s: the body is complete once',
    async (where) => {
      const told: string[] = [];
      const hold = (wsi: One, name: string): void => {
        told.push(name);
        if (where === name) held = wsi.hold();
      };
      let held: Held | undefined;
      const chunked = get('/m', 'Transfer-Encoding: chunked\r\n', 'POST');
      const { peer, clock } = await ask(
        {
          body: (wsi) => hold(wsi, 'body'),
          bodyCompletion(wsi, trailers) {
            hold(wsi, 'bodyCompletion');
            if (where !== 'bodyCompletion') wsi.setTimerMs(100);
            told.push(...trailers.flat());
          },
          timer: (wsi) => hold(wsi, 'timer'),
        },
        `${chunked}3\r\nabc\r\n0\r\na: b\r\n\r\n`,
      );
      if (where === 'timer') await clock.advance(100);
      expect(told.at(where === 'bodyCompletion' ? -3 : -1)).toBe(where);
      expect(held?.accept()).toBe(true);
      await clock.advance(100);
      const timers = where === 'bodyCompletion' ? [] : ['timer'];
      expect(told).toEqual(['body', 'bodyCompletion', 'a', 'b', ...timers]);
      expect(bodies(peer.text)).toEqual(['404']);
    },
  );

  test.each(['checkAccessRights', 'request'] as const)(
    'and goes on where it was held, in %s, when another handler accepts it',
    async (where) => {
      const told: string[] = [];
      let held: Held | undefined;
      const hold = (wsi: One): void => {
        held = wsi.hold();
        wsi.setTimerMs(100);
      };
      const { peer, clock } = await ask(
        {
          checkAccessRights(wsi) {
            if (where === 'checkAccessRights') hold(wsi);
            return where === 'request';
          },
          request(wsi) {
            told.push('request');
            if (where === 'request') hold(wsi);
          },
          body: () => void told.push('body'),
          bodyCompletion: (wsi) => wsi.reply(200, [], 'saved'),
          timer: () => void told.push(`accepted ${held?.accept()}`),
        },
        post('/m', 'abc'),
      );
      await clock.advance(100);
      const between =
        where === 'request' ? ['request', 'accepted true'] : ['accepted true', 'request'];
      expect(told).toEqual([...between, 'body']);
      expect(bodies(peer.text)).toEqual(['200 saved']);
    },
  );

  test('may be one of holds for each piece of a body, and for its end', async () => {
    const told: (string | undefined)[] = [];
    let first: One | undefined;
    let held: Held | undefined;
    const { peer } = await ask(
      {
        body(wsi) {
          first = wsi;
          held = wsi.hold();
        },
        bodyCompletion(wsi) {
          told.push('complete');
          held = wsi.hold();
        },
      },
      post('/m', 'abcdef').slice(0, -3),
    );
    held?.accept();
    await peer.send('def');
    held?.accept();
    await settle();
    expect(told).toEqual(['complete']);
    first?.reply(200, [], 'saved');
    await settle();
    expect(bodies(peer.text)).toEqual(['200 saved']);
  });

  test('is 503 when it does not come', async () => {
    const { peer, clock } = await ask({ request: (wsi) => void wsi.hold() });
    await clock.advance(10_001);
    expect(bodies(peer.text)).toEqual(['503']);
  });
});

test.each([
  ['request', { request: () => -1 as const }],
  ['body', { body: () => -1 as const }],
  ['bodyCompletion', { bodyCompletion: () => -1 as const }],
  ['bindProtocol', { bindProtocol: () => -1 as const, request: (wsi: One) => wsi.reply(200) }],
])('-1 of %s closes without an answer', async (_name, http) => {
  const { peer } = await ask(http, post('/m', 'abc'));
  expect([peer.text, peer.ended]).toEqual(['', true]);
});

describe('an answer that comes when the context is closing', () => {
  let held: Held | undefined;
  let again = 0;
  const hold = (wsi: One): undefined => {
    held = wsi.hold();
  };
  const late = (wsi: One): void => wsi.reply(200, [], 'late');
  const refused = (): boolean | undefined => held?.refuse(418);
  test.each<[string, Any, string, (() => boolean | undefined)?]>([
    ['its timer', { timer: late }, '200 late'],
    [
      'a timer that is set again',
      {
        timer(wsi) {
          again++;
          if (again === 1) wsi.setTimerMs(100);
          else late(wsi);
        },
      },
      '200 late',
    ],
    [
      'a hold that is accepted',
      { checkAccessRights: (wsi) => hold(wsi) === undefined, request: late },
      '200 late',
      () => held?.accept(),
    ],
    ['a hold that is refused', { request: hold }, '418', refused],
    ['a hold behind the body', { request: () => undefined, bodyCompletion: hold }, '418', refused],
  ])('by %s leaves, and is the last', async (_how, http, answer, later) => {
    again = 0;
    const timed: Any = { request: (wsi) => wsi.setTimerMs(100), ...http };
    const body = post('/m/late', 'abc').slice(0, -1);
    const { peer, clock, context } = await ask(timed, body);
    const closing = context.close({ deadlineSecs: 5 });
    await peer.send(`c${get('/m/next')}`);
    await clock.advance(200);
    expect(later?.()).not.toBe(false);
    await settle();
    expect(bodies(peer.text)).toEqual([answer]);
    await peer.end();
    expect(await closing).toMatchObject({ closed: 1, cut: 0 });
  });

  test('is 503 of a hold whose time is over', async () => {
    const { peer, clock, context } = await ask({ request: (wsi) => void wsi.hold() });
    const closing = context.close({ deadlineSecs: 60 });
    await clock.advance(10_001);
    expect(bodies(peer.text)).toEqual(['503']);
    await peer.end();
    await closing;
  });

  test('is none of whoever closed: its timer is no more', async () => {
    const timer = vi.fn<(wsi: One) => undefined>();
    const { peer, clock } = await ask({
      request(wsi) {
        wsi.setTimerMs(100);
        wsi.reply(200);
        wsi.close();
      },
      timer,
    });
    await clock.advance(200);
    expect([bodies(peer.text), timer.mock.calls.length]).toEqual([['200'], 0]);
  });
});

describe('an answer that never comes', () => {
  test.each([
    ['renews its own timer', 'timer'],
    ['asks for writeable for ever', 'writeable'],
  ])('of a protocol that %s is 503 after answerTimeoutSecs', async (_what, how) => {
    const goOn = (wsi: HttpWsi<unknown, unknown>): void => {
      if (how === 'timer') wsi.setTimerMs(100);
      else wsi.requestWriteable();
    };
    const drops: number[] = [];
    const endless = protocol({
      name: 'x',
      http: {
        request: goOn,
        timer: goOn,
        writeable: goOn,
        dropProtocol: () => void drops.push(1),
      },
    });
    const { connect, clock, vhost } = await openCallback([endless], [mount]);
    const { peer } = await connect();
    await peer.send(get('/m'));
    await clock.advance(59_900);
    expect([peer.text, drops]).toEqual(['', []]);
    await clock.advance(200);
    expect([bodies(peer.text), peer.ended]).toEqual([['503'], true]);
    expect([...vhost.counters.refused]).toEqual([['LWS_ERR_HTTP_ANSWER_TIMEOUT', 1]]);
    await clock.advance(2000);
    expect([drops, logged.length]).toEqual([[1], 1]);
  });

  test('a stream that began is renewed for as long as it likes', async () => {
    const ticking = protocol({
      name: 'x',
      http: {
        request: (wsi) => wsi.setTimerMs(1000),
        timer(wsi) {
          wsi.requestWriteable();
          wsi.setTimerMs(1000);
        },
        writeable(wsi, tx) {
          if (!wsi.answered) tx.head(200);
          tx.body('.');
        },
      },
    });
    const { connect, clock } = await openCallback([ticking], [mount]);
    const { peer } = await connect();
    await peer.send(get('/m'));
    await clock.advance(180_000);
    expect(peer.text.match(/\r\n\.\r\n/g)?.length).toBe(180);
    expect(peer.ended).toBe(false);
  });
});

test('close() behind a complete answer', async () => {
  const { peer } = await ask({
    request(wsi) {
      wsi.reply(200, [], 'bye');
      wsi.close();
    },
  });
  expect([bodies(peer.text), peer.ended]).toEqual([['200 bye'], true]);
});

test('a session that is a promise is refused, and its rejection ends nothing: 500', async () => {
  const session = (): Promise<never> => Promise.reject(new Error('late'));
  const made = protocol({ name: 'x', session, http: { request: (wsi) => wsi.reply(200) } });
  const { connect, vhost } = await openCallback([made], [mount]);
  const { peer } = await connect();
  await peer.send(get('/m'));
  expect(peer.text).toMatch(/^HTTP\/1\.1 500 /);
  expect([...vhost.counters.refused.keys()]).toEqual(['LWS_ERR_HANDLER_ASYNC']);
});

test('an asynchronous handler is refused, a throwing one too: 500', async () => {
  const late = (async () => undefined) as unknown as () => undefined;
  const asked = await ask({ request: late });
  expect([bodies(asked.peer.text), asked.codes]).toEqual([['500'], ['LWS_ERR_HANDLER_ASYNC']]);
  const threw = await ask({
    request: () => {
      throw new Error('oh');
    },
  });
  expect(threw.peer.text).toMatch(/^HTTP\/1\.1 500 /);
  expect(threw.codes).toEqual(['LWS_ERR_HANDLER_THREW']);
});

test.each<[string, Any]>([
  [
    'request',
    {
      request(wsi) {
        wsi.reply(200, [], 'whole');
        throw new Error('oh');
      },
    },
  ],
  [
    'writeable',
    {
      request: (wsi) => wsi.requestWriteable(),
      writeable(_wsi, tx) {
        tx.head(200, [], 5);
        tx.body('whole');
        tx.end();
        throw new Error('oh');
      },
    },
  ],
  [
    'timer',
    {
      request: (wsi) => wsi.setTimerMs(1),
      timer(wsi) {
        wsi.reply(200, [], 'whole');
        throw new Error('oh');
      },
    },
  ],
])('what %s answered whole leaves, whatever it throws behind it', async (_name, handlers) => {
  const { peer, vhost, clock } = await ask(handlers);
  await clock.advance(1);
  expect([bodies(peer.text), peer.ended, peer.error]).toEqual([['200 whole'], true, undefined]);
  expect([...vhost.counters.refused.keys()]).toEqual(['LWS_ERR_HANDLER_THREW']);
});

test('addHeaders adds to whatever is answered', async () => {
  const { peer } = await ask(
    {
      addHeaders: (_wsi, add) => add('x-more', 'yes'),
      request: (wsi) => (wsi.pathInMount === '' ? wsi.redirect(302, '/ä\r\n') : undefined),
    },
    get('/m') + get('/m/none'),
  );
  expect(peer.text.match(/x-more: yes\r\n/g)).toHaveLength(2);
  expect(peer.text).toContain('location: /%C3%A4%0D%0A\r\n');
});

test('returnHttpStatus says text, not markup', async () => {
  const { peer } = await ask({ request: (wsi) => wsi.returnHttpStatus(404, '<b>') });
  expect(peer.text).toContain('&#60;b&#62;');
});

test.each([
  ['a file', 'a.txt', {}, 200, 'alpha'],
  ['below a directory', '', { below: 'sub/b.txt' }, 200, 'beta'],
  ['nothing outside it', 'sub', { below: '../a.txt' }, 404, ''],
  ['no type', 'c.unknown', {}, 404, ''],
  ['its own type', 'c.unknown', { type: 'text/x' }, 200, 'gamma'],
])('serveFile: %s', async (_name, path, options, status, body) => {
  const done: string[] = [];
  const { peer } = await ask({
    request: (wsi) => wsi.serveFile(`${root}/${path}`, options),
    fileCompletion: () => void done.push('done'),
  });
  await settle(20);
  expect(peer.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect([peer.text.endsWith(`\r\n\r\n${body}`), done]).toEqual([body !== '', ['done']]);
});

test('timer and setTimeout are of the binding', async () => {
  const { peer, clock } = await ask({
    request: (wsi) => wsi.setTimerMs(50),
    timer: (wsi) => wsi.reply(200, [], 'timer'),
  });
  await clock.advance(50);
  expect(bodies(peer.text)).toEqual(['200 timer']);
  const cut = await ask({ request: (wsi) => wsi.setTimeout('user-1', 2) });
  await cut.clock.advance(1999);
  expect(cut.peer.isClosed).toBe(false);
  await cut.clock.advance(1);
  expect(cut.peer.error?.code).toBe('LWS_ERR_TRANSPORT_RESET');
});

describe('setTimeout of the program stands beside the deadlines of the role', () => {
  const upload = get('/m', 'Content-Length: 100000\r\n', 'POST');

  test('a body that drips is 408 long before it', async () => {
    const { peer, clock, vhost } = await ask(
      { request: (wsi) => wsi.setTimeout('user-1', 50), body: () => undefined },
      upload,
    );
    await clock.advance(10_500);
    expect([bodies(peer.text), peer.ended]).toEqual([['408'], true]);
    expect([...vhost.counters.refused.keys()]).toEqual(['LWS_ERR_HTTP_BODY_TIMEOUT']);
  });

  test('and it is kept where theirs are renewed: a body that comes well is cut by it', async () => {
    const { peer, clock, vhost } = await ask(
      { request: (wsi) => wsi.setTimeout('user-1', 12), body: () => undefined },
      upload,
    );
    for (let second = 0; second < 11; second++) {
      await clock.advance(1000);
      await peer.send('x'.repeat(1000));
    }
    expect(peer.isClosed).toBe(false);
    await clock.advance(1000);
    expect(peer.error?.code).toBe('LWS_ERR_TRANSPORT_RESET');
    expect([...vhost.counters.refused.keys()]).toEqual(['LWS_ERR_TIMEOUT']);
  });

  test('an idle connection ends by keepaliveTimeout, or by it when it is sooner', async () => {
    const ends: number[] = [];
    for (const secs of [3, 8]) {
      const { peer, clock } = await ask({
        request(wsi) {
          wsi.setTimeout('user-1', secs);
          wsi.reply(200);
        },
      });
      const start = clock.now();
      while (!peer.isClosed && !peer.ended) await clock.advance(100);
      ends.push(Math.round((clock.now() - start) / 1000));
    }
    expect(ends).toEqual([3, 5]);
  });
});

describe.each(['close', 'abort'] as const)('%s in a handler before the request', (how) => {
  test.each(['filterHttpConnection', 'bindProtocol', 'checkAccessRights'] as const)(
    '%s ends it, whatever is returned',
    async (name) => {
      const request = vi.fn<(wsi: One) => undefined>();
      let wsi: One | undefined;
      const end = (one: One): true => {
        wsi = one;
        one[how]();
        return true;
      };
      const told =
        name === 'bindProtocol' ? { bindProtocol: (one: One) => void end(one) } : { [name]: end };
      const { peer, vhost } = await ask({ ...told, request }, get('/m') + get('/m'));
      expect([peer.text, peer.ended || peer.isClosed]).toEqual(['', true]);
      expect([request.mock.calls.length, wsi?.open]).toEqual([0, false]);
      expect(vhost.counters.refused.size).toBe(0);
    },
  );
});

test('the wsi of filterHttpConnection ends nothing behind it', async () => {
  let kept: One | undefined;
  const { peer } = await ask({
    filterHttpConnection(wsi) {
      kept = wsi;
      return true;
    },
    request(wsi) {
      kept?.close();
      kept?.abort();
      wsi.reply(200);
    },
  });
  expect([bodies(peer.text), peer.ended]).toEqual([['200'], false]);
});

test('filterHttpConnection of the first protocol is asked of every request', async () => {
  const { peer } = await ask(
    { filterHttpConnection: (wsi) => wsi.path !== '/no', request: (wsi) => wsi.reply(200) },
    get('/m') + get('/no'),
  );
  expect([bodies(peer.text)[0], peer.text.includes('HTTP/1.1 403 '), peer.ended]).toEqual([
    '200',
    true,
    true,
  ]);
});

test.each([
  ['refuses', false, '403'],
  ['passes', true, '200'],
])('confirmUpgrade %s', async (_name, verdict, status) => {
  const asked: string[] = [];
  const { peer } = await ask(
    {
      confirmUpgrade: (_wsi, upgrade) => asked.push(upgrade) > 0 && verdict,
      request: (wsi) => wsi.reply(200),
    },
    get('/m', 'Connection: Upgrade\r\nUpgrade: H2C\r\n'),
  );
  expect(asked).toEqual(['h2c']);
  expect(peer.text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});

describe('checkAccessRights of an upgrade', () => {
  const upgrade = get('/m', 'Connection: Upgrade\r\nUpgrade: H2C\r\n');

  test.each([
    ['false', () => false, ['403'], ['check']],
    ['-1', () => -1 as const, ['403'], ['check']],
    [
      'its own answer',
      (wsi: One) => wsi.reply(401, [], 'who') !== undefined,
      ['401 who'],
      ['check'],
    ],
    ['true', () => true, ['200'], ['check', 'confirm', 'request']],
  ] as const)('%s', async (_name, verdict, answer, calls) => {
    const called: string[] = [];
    const { peer } = await ask(
      {
        checkAccessRights(wsi) {
          called.push('check');
          return verdict(wsi);
        },
        confirmUpgrade: () => called.push('confirm') > 0,
        request(wsi) {
          called.push('request');
          wsi.reply(200);
        },
      },
      upgrade,
    );
    expect(bodies(peer.text)).toEqual(answer);
    expect(called).toEqual(calls);
  });

  test('cannot be held: nobody is let through', async () => {
    const { peer } = await ask({ checkAccessRights: (wsi) => wsi.hold() !== undefined }, upgrade);
    expect(peer.text).toMatch(/^HTTP\/1.1 500 /);
  });
});

describe('what a request set for its binding', () => {
  const mounts = ['x', 'y'].map((name) => ({
    mountpoint: `/${name}`,
    origin: `callback://${name}` as const,
  }));
  const two = async (request: (wsi: One) => void) => {
    const told: string[] = [];
    const named = (name: string, first?: (wsi: One) => void) =>
      protocol({
        name,
        http: {
          request(wsi) {
            first?.(wsi);
            wsi.reply(200, [], name);
          },
          timer: () => void told.push(name),
        },
      });
    const opened = await openCallback([named('x', request), named('y')], mounts);
    const { peer } = await opened.connect();
    await peer.send(get('/x') + get('/y'));
    return { ...opened, peer, told };
  };

  test('a timer does not come to the binding that follows', async () => {
    const { clock, peer, told } = await two((wsi) => wsi.setTimerMs(1000));
    await clock.advance(3000);
    expect([bodies(peer.text), told]).toEqual([['200 x', '200 y'], []]);
  });

  test('a deadline does not cut the one that follows', async () => {
    const { clock, peer } = await two((wsi) => wsi.setTimeout('user-1', 2));
    await clock.advance(3000);
    expect([bodies(peer.text), peer.isClosed, peer.ended]).toEqual([
      ['200 x', '200 y'],
      false,
      false,
    ]);
  });
});

test.each([200, 300, 304, 305, 404, '301'])(
  'redirect(%j) is refused, and nothing sent',
  async (status) => {
    let thrown: unknown;
    const { peer } = await ask({
      request(wsi) {
        try {
          wsi.redirect(status as number, '/elsewhere');
        } catch (error) {
          thrown = error;
          wsi.reply(200);
        }
      },
    });
    expect(thrown).toMatchObject({ code: 'LWS_ERR_OPTION' });
    expect([bodies(peer.text), peer.text.includes('elsewhere')]).toEqual([['200'], false]);
  },
);

describe.each(['a.txt', 'large.txt'])('serveFile of %s is a complete answer', (name) => {
  const alone = name === 'a.txt' ? 'alpha' : 'x'.repeat(200_000);
  const served = (text: string) => text.slice(text.indexOf('\r\n\r\n') + 4) === alone;

  test.each([
    ['close', (wsi: One) => wsi.close()],
    ['-1', () => -1 as const],
  ])('before %s', async (_how, end) => {
    const completed = vi.fn<() => undefined>();
    const { peer } = await ask(
      {
        request(wsi) {
          wsi.serveFile(`${root}/${name}`);
          return end(wsi);
        },
        fileCompletion: completed,
      },
      get('/m') + get('/m'),
    );
    await settle();
    expect([served(peer.text), peer.ended, completed.mock.calls.length]).toEqual([true, true, 1]);
  });

  test('unless its handler is asynchronous: what is not out is cut', async () => {
    const request = async (wsi: One): Promise<void> => wsi.serveFile(`${root}/${name}`);
    const { peer, codes } = await ask(
      { request: request as unknown as (wsi: One) => undefined },
      get('/m') + get('/m'),
    );
    await settle();
    expect(codes).toEqual(['LWS_ERR_HANDLER_ASYNC']);
    expect([served(peer.text), peer.ended || peer.isClosed]).toEqual([name === 'a.txt', true]);
  });

  test('that the tx adds nothing to', async () => {
    const told: unknown[] = [];
    const { peer } = await ask({
      request: (wsi) => wsi.requestWriteable(),
      writeable(wsi, tx) {
        if (wsi.answered) return;
        wsi.serveFile(`${root}/${name}`);
        for (const call of [() => tx.body('more'), () => tx.end(), () => tx.head(200)])
          try {
            call();
          } catch (error) {
            told.push((error as { code: unknown }).code);
          }
      },
    });
    await settle();
    expect(told).toEqual(Array(3).fill('LWS_ERR_HTTP_ANSWERED'));
    expect(served(peer.text)).toBe(true);
  });
});

test('reply and serveFile send the fields they are given', async () => {
  const replied = await ask({ request: (wsi) => wsi.reply(200, [['x-own', 'reply']], 'a') });
  expect(replied.peer.text).toContain('\r\nx-own: reply\r\n');
  const served = await ask({
    request: (wsi) => wsi.serveFile(`${root}/a.txt`, { fields: [['X-Own', 'file']] }),
  });
  await vi.waitUntil(() => served.peer.text.endsWith('alpha'));
  expect(served.peer.text).toContain('\r\nx-own: file\r\n');
});

test('bodyCompletion gets the fields behind a chunked body', async () => {
  const got: unknown[] = [];
  const chunked = 'Transfer-Encoding: chunked\r\n';
  await ask(
    {
      bodyCompletion(wsi, trailers) {
        got.push(...trailers);
        wsi.reply(200);
      },
    },
    `${get('/m', chunked, 'POST')}1\r\na\r\n0\r\nX-Sum: 97\r\n\r\n`,
  );
  expect(got).toEqual([['x-sum', '97']]);
});
