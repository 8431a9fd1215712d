/** A program that owns the poll serves a hundred connections over TCP, and everything of lws-ts runs in its calls. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer as createHttpServer, get, request } from 'node:http';
import { get as getSecure } from 'node:https';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  chunkedHtml,
  createContext,
  devCerts,
  httpRequest,
  LWS_POLLIN,
  LWS_POLLOUT,
  type PollFd,
  permessageDeflate,
  protocol,
} from 'lws-ts';
import { afterEach, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { PollProgram } from './poll-program.ts';

const rxBufferSize = 4096;
const wsClients = 50;
const httpClients = 30;
const rawClients = 20;

let program = new PollProgram();
let stop: () => Promise<void> = async () => undefined;

afterEach(async () => {
  program.paused = false;
  program.turn();
  await stop();
  program.stop();
  // no descriptor is left
  if (program.polled.size > 0) throw new Error(`${program.polled.size} descriptors are left`);
});

/** What connections of this protocol do is counted by the program. */
function counting(seen: string[]) {
  const handler = (what: string): void => {
    program.handler();
    seen.push(what);
  };
  return protocol({
    name: 'counting',
    rxBufferSize,
    session: () => ({ waiting: [] as string[], got: 0 }),
    eventWaitCancelled: () => handler('cancelled'),
    http: {
      request(wsi) {
        handler('request');
        wsi.reply(200, [['content-type', 'text/plain']], `you asked for ${wsi.path}`);
      },
    },
    ws: {
      established: () => handler('established'),
      receive(wsi, chunk) {
        handler('receive');
        wsi.session.got += chunk.length;
        if (!wsi.isFinalFragment) {
          // it does something for each piece, and takes the next after that
          wsi.requestWriteable();
          return;
        }
        wsi.session.waiting.push(String(wsi.session.got));
        wsi.session.got = 0;
        wsi.requestWriteable();
      },
      writeable(wsi, tx) {
        handler('writeable');
        const next = wsi.session.waiting.shift();
        if (next !== undefined) tx.text(next);
      },
      closed: () => handler('closed'),
    },
    tls: {
      info: () => handler('info'),
    },
    raw: {
      adopt: () => handler('raw.adopt'),
      rx(wsi, data) {
        handler('raw.rx');
        wsi.session.waiting.push(`you said ${Buffer.from(data).toString()}`);
        wsi.requestWriteable();
      },
      writeable(wsi, tx) {
        handler('raw.writeable');
        for (const text of wsi.session.waiting.splice(0)) tx.write(text);
      },
      close: () => handler('raw.close'),
    },
  });
}

async function start(options = {}) {
  program = new PollProgram();
  const seen: string[] = [];
  const context = await createContext({
    loop: program.loop,
    interface: '127.0.0.1',
    port: 0,
    protocols: [counting(seen).with({ raw: true })],
    fallbackToRaw: true,
    mounts: [{ mountpoint: '/', origin: 'callback://counting' }],
    extensions: [permessageDeflate()],
    ...options,
  });
  stop = async () => {
    await context.close({ deadlineSecs: 1 });
  };
  const port = context.vhosts[0]?.port ?? 0;
  return { context, port, seen };
}

async function open(url: string, options: WebSocket.ClientOptions = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, 'counting', {
    perMessageDeflate: { threshold: 0 },
    ...options,
  });
  await once(socket, 'open');
  return socket;
}

async function ask(port: number, path: string, agent: Agent): Promise<string> {
  const [answer] = await once(get({ port, path, agent, host: '127.0.0.1' }), 'response');
  let text = '';
  for await (const chunk of answer) text += chunk;
  return text;
}

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

describe('an external loop over TCP', () => {
  test('a hundred connections and a foreign descriptor: no handler runs outside of its calls', async () => {
    const { port, seen, context } = await start();
    // a descriptor of the program's own, that a poll says is ready as well
    const own = createServer().listen(0, '127.0.0.1');
    await once(own, 'listening');
    const { fd } = (own as unknown as { readonly _handle: { readonly fd: number } })._handle;
    const agent = new Agent({ keepAlive: true, maxSockets: httpClients });
    const sockets = await Promise.all(
      Array.from({ length: wsClients }, () => open(`ws://127.0.0.1:${port}/`)),
    );
    const raws = Array.from({ length: rawClients }, () => connect(port, '127.0.0.1'));
    for (let round = 0; round < 5; round++) {
      program.ready({ fd, revents: LWS_POLLIN });
      const heard = sockets.map(async (socket, at) => {
        const answered = once(socket, 'message');
        socket.send('x'.repeat(at * 700 + round));
        const [answer] = await answered;
        expect(String(answer)).toBe(String(at * 700 + round));
      });
      const said = raws.map(async (socket, at) => {
        socket.write(`${at} in ${round}`);
        const [answer] = await once(socket, 'data');
        expect(String(answer)).toBe(`you said ${at} in ${round}`);
      });
      const answers = Array.from({ length: httpClients }, (_, at) => ask(port, `/${at}`, agent));
      await Promise.all([...heard, ...said]);
      expect(await Promise.all(answers)).toEqual(
        Array.from({ length: httpClients }, (_, at) => `you asked for /${at}`),
      );
    }
    // each connection, the listener and the wake-up have a descriptor
    expect(context.counters.wsi_alive).toBe(wsClients + httpClients + rawClients);
    expect(program.polled.size).toBe(wsClients + httpClients + rawClients + 2);
    expect(program.foreign).toHaveLength(5);
    for (const pollfd of program.foreign) expect(pollfd).toEqual({ fd, revents: LWS_POLLIN });
    for (const [at, socket] of sockets.entries())
      if (at % 3 === 0) socket.terminate();
      else socket.close();
    while (seen.filter((what) => what === 'closed').length < wsClients) await sleep(5);
    agent.destroy();
    for (const socket of raws) socket.destroy();
    own.close();
    while (context.counters.wsi_alive > 0) await sleep(5);
    expect(program.polled.size).toBe(2);
    expect(seen.filter((what) => what === 'established')).toHaveLength(wsClients);
    expect(seen.filter((what) => what === 'request')).toHaveLength(5 * httpClients);
    expect(seen.filter((what) => what === 'raw.adopt')).toHaveLength(rawClients);
    expect(seen.filter((what) => what === 'raw.close')).toHaveLength(rawClients);
    expect([program.handled, program.strays]).toEqual([seen.length, 0]);
  });

  test('with TLS, where Node.js makes the handshakes', async () => {
    const { sslCertFilepath, sslPrivateKeyFilepath } = devCerts();
    const { port, seen } = await start({
      sslCertFilepath,
      sslPrivateKeyFilepath,
      sslInfoEventMask: 0xffff_ffff,
    });
    const sockets = await Promise.all(
      Array.from({ length: 5 }, () =>
        open(`wss://127.0.0.1:${port}/`, { rejectUnauthorized: false }),
      ),
    );
    for (const socket of sockets) {
      const answered = once(socket, 'message');
      socket.send('hello');
      const [answer] = await answered;
      expect(String(answer)).toBe('5');
      socket.close();
    }
    while (seen.filter((what) => what === 'closed').length < sockets.length) await sleep(5);
    expect(seen.filter((what) => what === 'info').length).toBeGreaterThanOrEqual(10);
    expect(program.strays).toBe(0);
  });

  test('a request over TLS for another vhost than that of its handshake is answered 421', async () => {
    const { sslCertFilepath, sslPrivateKeyFilepath } = devCerts();
    const tls = { sslCertFilepath, sslPrivateKeyFilepath };
    const { port, context } = await start(tls);
    const other = [counting([]).with({ default: true })];
    await context.createVhost({
      ...tls,
      name: 'other.example',
      interface: '127.0.0.1',
      port,
      protocols: other,
    });
    const host = 'other.example';
    const statusFor = async (servername: string): Promise<number> => {
      const options = { port, host: '127.0.0.1', headers: { host }, servername };
      const asked = getSecure({ ...options, rejectUnauthorized: false, agent: false });
      const [answer] = await once(asked, 'response');
      answer.resume();
      return answer.statusCode;
    };
    expect(await statusFor('')).toBe(421);
    expect(await statusFor(host)).not.toBe(421);
  });

  test('requests of a client and through a proxy, by one connection that is used again', async () => {
    const behind = createHttpServer((asked, answer) => answer.end(`for ${asked.url}`));
    let connections = 0;
    behind.on('connection', () => {
      connections++;
    });
    behind.listen(0, '127.0.0.1');
    await once(behind, 'listening');
    const origin = `http://127.0.0.1:${(behind.address() as AddressInfo).port}`;
    const { port, context } = await start({ mounts: [{ mountpoint: '/', origin }] });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let round = 0; round < 3; round++) {
      expect((await httpRequest(context, { url: `${origin}/direct` })).text()).toBe('for /direct');
      expect(await ask(port, '/proxied', agent)).toBe('for /proxied');
    }
    agent.destroy();
    expect(connections).toBe(1);
    expect(program.strays).toBe(0);
    behind.close();
  });

  test('a message that inflates to 50 rx buffers arrives whole with no further network event', async () => {
    const { port, seen } = await start();
    const socket = await open(`ws://127.0.0.1:${port}/`);
    await sleep(20);
    program.paused = true;
    seen.length = 0;
    let answer: string | undefined;
    socket.once('message', (data) => {
      answer = String(data);
    });
    socket.send('long '.repeat((50 * rxBufferSize) / 5));
    while (program.pending.length === 0) await sleep(1);
    // all of it is here: it fits one read
    await sleep(20);
    const [pollfd] = program.pending;
    expect([program.pending.length, pollfd?.revents]).toEqual([1, LWS_POLLIN]);
    let events = 0;
    const { fd } = pollfd as PollFd;
    const over = Date.now() + 5000;
    while (answer === undefined) {
      expect(Date.now()).toBeLessThan(over);
      for (const ready of program.pending)
        if (ready.fd === fd && ready.revents & LWS_POLLIN) events++;
      program.turn();
      // what was inflated by another thread is told by the wake-up
      if (program.pending.length === 0) await sleep(1);
    }
    expect(events).toBe(1);
    expect(answer).toBe(String(50 * rxBufferSize));
    expect(seen.filter((what) => what === 'receive').length).toBeGreaterThanOrEqual(50);
    socket.close();
    expect(program.strays).toBe(0);
  });

  test('cancelService() of a worker wakes it within one turn', async () => {
    const { context, seen } = await start();
    const code = `
      const { workerData, parentPort } = require('node:worker_threads');
      parentPort.on('message', async () => {
        const { cancelService } = await import(workerData.module);
        cancelService(workerData.handle);
        Atomics.store(workerData.done, 0, 1);
        Atomics.notify(workerData.done, 0);
      });
      parentPort.postMessage('here');`;
    const done = new Int32Array(new SharedArrayBuffer(4));
    const workerData = {
      handle: context.cancelHandle(),
      done,
      module: new URL('../../packages/lws-ts/dist/index.js', import.meta.url).href,
    };
    const worker = new Worker(code, { eval: true, execArgv: [], workerData });
    await once(worker, 'message');
    worker.postMessage('go');
    // this thread does nothing until it was called; then it hears of it in the next iteration of Node's loop, and
    // services in that one's check phase
    Atomics.wait(done, 0, 0, 10_000);
    expect(seen).toEqual([]);
    await new Promise<void>((resolve) => {
      setImmediate(() => setImmediate(() => setImmediate(resolve)));
    });
    expect(seen).toEqual(['cancelled']);
    expect(program.strays).toBe(0);
    await worker.terminate();
  });

  test('files, bodies and timers, whatever reads them from the disk', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lws-external-'));
    writeFileSync(join(folder, 'small.txt'), 'small');
    writeFileSync(join(folder, 'large.bin'), Buffer.alloc(3_000_000, 'x'));
    writeFileSync(join(folder, 'page.html'), '<p>now</p>');
    const seen: string[] = [];
    const handler = (what: string): void => {
      program.handler();
      seen.push(what);
    };
    const files = protocol({
      name: 'files',
      session: () => ({ bytes: 0 }),
      http: {
        bindProtocol: () => handler('bind'),
        dropProtocol: () => handler('drop'),
        checkAccessRights() {
          handler('access');
          return true;
        },
        request(wsi) {
          handler('request');
          if (wsi.hasBody) return;
          if (wsi.pathInMount === '/later') wsi.setTimerMs(20);
          else if (wsi.pathInMount === '/held') {
            const held = wsi.hold();
            setTimeout(() => {
              wsi.reply(200, [], 'held');
              held.accept();
            }, 10);
          } else wsi.serveFile(folder, { below: wsi.pathInMount });
        },
        body: (wsi, chunk) => {
          handler('body');
          wsi.session.bytes += chunk.length;
        },
        bodyCompletion(wsi) {
          handler('completion');
          wsi.reply(200, [], String(wsi.session.bytes));
        },
        fileCompletion: () => handler('file'),
        processHtml() {
          handler('html');
          return chunkedHtml(() => 'then');
        },
        timer(wsi) {
          handler('timer');
          wsi.reply(200, [], 'later');
        },
        closed: () => handler('closed'),
      },
    });
    const { port } = await start({
      fallbackToRaw: false,
      protocols: [files],
      mounts: [
        { mountpoint: '/app', origin: 'callback://files' },
        { mountpoint: '/', origin: `file://${folder}`, interpret: { '.html': 'files' } },
      ],
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const asked = ['/app/small.txt', '/app/large.bin', '/large.bin', '/app/later', '/app/held'];
    const answers = await Promise.all(asked.map((path) => ask(port, path, agent)));
    expect(answers.map(({ length }) => length)).toEqual([5, 3_000_000, 3_000_000, 5, 4]);
    expect(await ask(port, '/page.html', agent)).toContain('<p>');
    const posted = request({ port, path: '/app/form', method: 'POST', host: '127.0.0.1' });
    posted.end('b'.repeat(200_000));
    const [answer] = await once(posted, 'response');
    answer.resume();
    await once(answer, 'end');
    agent.destroy();
    while (!seen.includes('drop')) await sleep(5);
    for (const what of ['access', 'request', 'file', 'html', 'timer', 'body', 'completion'])
      expect(seen).toContain(what);
    expect(program.strays).toBe(0);
    rmSync(folder, { recursive: true });
  });

  test('a file and a pipe that were adopted', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lws-external-'));
    writeFileSync(join(folder, 'a.txt'), 'what the file says');
    const heard: string[] = [];
    const show = protocol({
      name: 'show',
      rawFile: {
        adopt: () => program.handler(),
        rx(_wsi, data) {
          program.handler();
          heard.push(Buffer.from(data).toString());
        },
        close() {
          program.handler();
          heard.push('closed');
        },
      },
    });
    const { context } = await start({ fallbackToRaw: false, protocols: [show], mounts: [] });
    const [vhost] = context.vhosts;
    vhost?.adoptDescriptor(openSync(join(folder, 'a.txt'), 'r'), 'show');
    while (heard.length < 2) await sleep(5);
    const child = spawn(process.execPath, ['-e', 'console.log("what the child says")']);
    vhost?.adoptDescriptor(child.stdout, 'show');
    while (heard.length < 4) await sleep(5);
    expect(heard).toEqual(['what the file says', 'closed', 'what the child says\n', 'closed']);
    expect(program.strays).toBe(0);
    rmSync(folder, { recursive: true });
  });

  test('clients of it too', async () => {
    const { context, port } = await start();
    const told: string[] = [];
    const client = protocol({
      name: 'counting',
      client: {
        established(wsi) {
          program.handler();
          wsi.requestWriteable();
        },
        writeable(_wsi, tx) {
          program.handler();
          tx.text('hello');
        },
        message(wsi, data) {
          program.handler();
          told.push(String(data));
          wsi.close(1000);
        },
        closed: (_wsi, code) => void told.push(String(code)),
        connectionError(_wsi, error) {
          program.handler();
          told.push(error.code);
        },
      },
    });
    const vhost = await context.createVhost({ name: 'client', port: -1, protocols: [client] });
    context.connect({ url: `ws://127.0.0.1:${port}/`, vhost: vhost.name, protocols: ['counting'] });
    while (told.length < 2) await sleep(5);
    expect(told).toEqual(['5', '1000']);
    context.connect({ url: 'ws://127.0.0.1:1/', vhost: vhost.name, protocols: ['counting'] });
    while (told.length < 3) await sleep(5);
    expect(told[2]).toBe('LWS_ERR_CONNECT');
    expect([...program.polled.values()].every((events) => (events & ~LWS_POLLOUT) <= 1)).toBe(true);
    expect(program.strays).toBe(0);
  });
});
