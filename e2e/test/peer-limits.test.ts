/** EXH-1 on real sockets: a flood from one address, and somebody honest from another. */
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { createContext, devCerts, type LwsContext, protocol, setLogLevel } from 'lws-ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { missing } from './missing.ts';

/** Where the flood comes from, and who is honest; Linux has the whole of 127.0.0.0/8. */
const flooder = '127.0.0.2';
const honest = '127.0.0.3';

let mask: number;
let lines = 0;
const contexts: LwsContext[] = [];
const sockets: Socket[] = [];

beforeEach(() => {
  mask = setLogLevel();
  lines = 0;
  setLogLevel(7, () => void lines++);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const context of contexts.splice(0)) await context.close({ deadlineSecs: 0 });
  setLogLevel(mask, null);
});

const who = protocol({
  name: 'who',
  http: {
    request(wsi) {
      wsi.reply(200, [], wsi.peer.address);
    },
  },
});

async function open(options: object): Promise<{ context: LwsContext; port: number }> {
  const context = await createContext({
    port: 0,
    protocols: [who.with({ default: true })],
    mounts: [{ mountpoint: '/', origin: 'callback://who' }],
    ...options,
  });
  contexts.push(context);
  return { context, port: context.vhosts[0]?.port ?? 0 };
}

/** Whether a new connection is still there after a moment. */
async function stays(port: number, localAddress: string): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  sockets.push(socket);
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false)).once('close', () => resolve(false));
    socket.once('connect', () => setTimeout(() => resolve(true), 300));
  });
}

function ask(port: number, localAddress: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ port, host: '127.0.0.1', localAddress, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.once('end', () => resolve(`${answer.statusCode} ${text}`));
    });
    request.once('error', reject);
  });
}

test('300 connections from one address: 10 stay, and another address is answered each time', async (task) => {
  if (process.platform !== 'linux') task.skip(missing('other addresses of loopback'));
  // on all interfaces: the address comes in its IPv4-mapped form
  const { context, port } = await open({ ipLimitWsi: 10, timeoutSecs: 60 });
  const flood = Array.from({ length: 300 }, () => stays(port, flooder));
  const answers: string[] = [];
  for (let at = 0; at < 50; at++) answers.push(await ask(port, honest));
  const kept = (await Promise.all(flood)).filter(Boolean).length;
  expect(kept).toBe(10);
  expect(new Set(answers)).toEqual(new Set([`200 ${honest}`]));
  expect(context.counters.refused.get('LWS_ERR_PEER_LIMIT_WSI')).toBe(290);
  expect(lines).toBeLessThan(40);
});

test('over TLS the connection is dropped before the handshake', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'peer-limits-'));
  const { sslCertFilepath, sslPrivateKeyFilepath } = devCerts({ dir: folder });
  const { context, port } = await open({
    interface: '127.0.0.1',
    ipLimitWsi: 1,
    sslCertFilepath,
    sslPrivateKeyFilepath,
  });
  rmSync(folder, { recursive: true });
  const secured = (): Promise<string> => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    sockets.push(socket);
    return new Promise((resolve) => {
      socket.once('secureConnect', () => resolve('secured'));
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
    });
  };
  expect(await secured()).toBe('secured');
  expect(await secured()).toBe('ECONNRESET');
  expect(context.counters.refused.get('LWS_ERR_PEER_LIMIT_WSI')).toBe(1);
  sockets[0]?.destroy();
  await expect.poll(secured).toBe('secured');
});
