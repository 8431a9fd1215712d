/** The header of the PROXY protocol on real sockets: before HTTP, and before TLS. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { createContext, devCerts, type LwsContext, protocol, setLogLevel } from 'lws-ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

let mask: number;
let folder: string;
const opened: LwsContext[] = [];

beforeEach(() => {
  mask = setLogLevel();
  setLogLevel(0);
  folder = mkdtempSync(join(tmpdir(), 'proxy-protocol-'));
});
afterEach(async () => {
  for (const context of opened.splice(0)) await context.close({ deadlineSecs: 0 });
  setLogLevel(mask);
  rmSync(folder, { recursive: true, force: true });
});

const who = protocol({
  name: 'who',
  http: {
    request(wsi) {
      wsi.reply(200, [], `${wsi.peer.address} ${wsi.peer.port} ${wsi.peer.proxy?.address.address}`);
    },
  },
});

const header = 'PROXY TCP4 192.0.2.7 198.51.100.2 4660 443\r\n';
const request = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

function answerOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('latin1').on('data', (part) => {
      text += String(part);
    });
    socket.once('end', () => resolve(text.slice(text.indexOf('\r\n\r\n') + 4)));
    socket.once('error', reject);
  });
}

describe.each([false, true])('fastRead: %s', (fastRead) => {
  const options = {
    fastRead,
    trustedProxies: ['127.0.0.0/8'],
    proxyProtocol: true,
    protocols: [who.with({ default: true })],
    mounts: [{ mountpoint: '/', origin: 'callback://who' }],
    interface: '127.0.0.1',
    port: 0,
  };

  test.each(['together with the request', 'by itself', 'octet by octet'])('%s', async (how) => {
    const context = await createContext(options);
    opened.push(context);
    const socket = connectTcp(context.vhosts[0]?.port ?? 0, '127.0.0.1').setNoDelay();
    const answer = answerOf(socket);
    if (how === 'together with the request') socket.write(header + request);
    else {
      for (const piece of how === 'by itself' ? [header] : header) {
        socket.write(piece);
        await new Promise((resolve) => {
          setTimeout(resolve, 2);
        });
      }
      socket.write(request);
    }
    expect(await answer).toBe('192.0.2.7 4660 127.0.0.1');
  });

  test('TLS begins behind it', async () => {
    const { sslCertFilepath, sslPrivateKeyFilepath } = devCerts({ dir: folder });
    const context = await createContext({ ...options, sslCertFilepath, sslPrivateKeyFilepath });
    opened.push(context);
    const plain = connectTcp(context.vhosts[0]?.port ?? 0, '127.0.0.1').setNoDelay();
    plain.write(header);
    const socket = connectTls({ socket: plain, rejectUnauthorized: false });
    const answer = answerOf(socket);
    socket.write(request);
    expect(await answer).toBe('192.0.2.7 4660 127.0.0.1');
  });
});
