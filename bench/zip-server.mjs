/**
 * What a server spends on an entry of an archive that goes out as gzip, beside the test server of libwebsockets:
 * `npm run --prefix bench zip:server -- PROGRAM FOLDER`, where PROGRAM is its test server, compiled with
 * LWS_WITH_ZIP_FOPS (Debian's is not), and FOLDER the one it was compiled to find `candide.zip` in. The archive is put
 * there. CPU time of the servers' own processes by schedstat, A B A B, at fixed counts, every body compared.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { processCpuNs } from './harness/proc.mjs';
import { makeArchive, text } from './load/make-archive.mjs';
import { freePort } from './servers/foreign.mjs';

const [program, folder, rounds = '7'] = process.argv.slice(2);
const connections = 16;
const requests = 8000;

if (folder === undefined) {
  console.log(
    'skipped: name a test server of libwebsockets with LWS_WITH_ZIP_FOPS, and the folder of its candide.zip',
  );
  process.exit(0);
}

const content = text(65_536);
const deflated = deflateRawSync(content);
const archive = join(folder, 'candide.zip');
mkdirSync(folder, { recursive: true });
writeFileSync(archive, makeArchive([{ name: 'page.html', content }]));

function startOurs() {
  const file = fileURLToPath(new URL('servers/zip-lws-ts.mjs', import.meta.url));
  const child = spawn(process.execPath, [file, archive], { stdio: ['pipe', 'pipe', 'inherit'] });
  return once(child.stdout, 'data').then(([line]) => ({
    child,
    port: Number(/\d+/.exec(line)?.[0]),
  }));
}

async function startTheirs() {
  const port = await freePort();
  const child = spawn(program, [`--port=${port}`, '-d', '0'], { stdio: 'ignore' });
  for (let tries = 0; tries < 100; tries++) {
    const open = await new Promise((resolve) => {
      const socket = createConnection({ port, host: '127.0.0.1' });
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (open) return { child, port };
    await new Promise((later) => setTimeout(later, 50));
  }
  throw new Error(`${program} does not listen`);
}

const request = (port, coding) =>
  `GET /ziptest/page.html HTTP/1.1\r\nHost: localhost:${port}\r\nAccept-Encoding: ${coding}\r\n\r\n`;
const isRight = {
  gzip: (body) => body.subarray(10, -8).equals(deflated),
  identity: (body) => body.equals(content),
};

/** One connection: one request after another, each body held against the archive's bytes. */
function ask(port, coding, count) {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    let got = Buffer.alloc(0);
    let left = count;
    socket
      .on('error', reject)
      .on('close', () => (left === 0 ? resolve() : reject(new Error('closed'))));
    socket.on('connect', () => socket.write(request(port, coding)));
    socket.on('data', (piece) => {
      got = Buffer.concat([got, piece]);
      const end = got.indexOf('\r\n\r\n');
      const length = Number(
        /content-length: *(\d+)/i.exec(got.toString('latin1', 0, Math.max(end, 0)))?.[1],
      );
      if (end < 0 || got.length < end + 4 + length) return;
      const body = got.subarray(end + 4, end + 4 + length);
      if (!isRight[coding](body)) reject(new Error('a body is not what the archive has'));
      got = got.subarray(end + 4 + length);
      left -= 1;
      if (left > 0) socket.write(request(port, coding));
      else socket.end();
    });
  });
}

async function measure({ child, port }, coding) {
  const before = processCpuNs(child.pid);
  await Promise.all(
    Array.from({ length: connections }, () => ask(port, coding, requests / connections)),
  );
  return (processCpuNs(child.pid) - before) / 1000 / requests;
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const servers = await Promise.all([startOurs(), startTheirs()]);
try {
  console.log(
    `node ${process.version}, load ${loadavg()[0].toFixed(2)}, ${rounds} rounds, ${deflated.length + 18} bytes a body`,
  );
  for (const [coding, least] of [
    ['gzip', '1.5'],
    ['identity', 'no goal'],
  ]) {
    const figures = [[], []];
    for (let round = -1; round < Number(rounds); round++)
      for (const [at, server] of servers.entries()) {
        const us = await measure(server, coding);
        // the first round is to warm up
        if (round >= 0) figures[at].push(us);
      }
    const [ours, theirs] = figures.map(median);
    const [oursMin, theirsMin] = figures.map((list) => Math.min(...list));
    console.log(
      `${coding}: lws-ts ${ours.toFixed(1)} us a request, lws ${theirs.toFixed(1)} us: ` +
        `${(theirs / ours).toFixed(2)} times, by the minima ${(theirsMin / oursMin).toFixed(2)} (at least ${least})`,
    );
  }
  console.log(`load ${loadavg()[0].toFixed(2)}`);
} finally {
  for (const { child } of servers) child.kill();
}
