// Runs the examples of READMEs as what they are: plain JavaScript. What an example starts is connected
// to and closed. CONTRIBUTING.md tells authors what is expected of an example.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const patience = 10_000;
const page = '<!doctype html><title>README</title><p>a page of a README example</p>\n';

/** The `js` fences of a README: of all of it, or of its section `heading`. */
export function readExamples(file, heading) {
  const found = [];
  let inside = heading === undefined;
  let fence;
  for (const [at, line] of readFileSync(file, 'utf8').split(/\r?\n/).entries()) {
    if (fence !== undefined) {
      if (/^```\s*$/.test(line)) {
        if (fence.language === 'js' && inside)
          found.push({ line: fence.line, code: `${fence.lines.join('\n')}\n` });
        fence = undefined;
      } else fence.lines.push(line);
    } else if (line.startsWith('```'))
      fence = { language: line.slice(3).trim(), line: at + 1, lines: [] };
    else if (heading !== undefined && line.startsWith('## '))
      inside = line.slice(3).trim() === heading;
  }
  return found;
}

/**
 * Runs one example and throws when it fails.
 *
 * @param code    the text of the fence
 * @param folder  where its copy is put and imported from: its imports resolve from there
 * @param load    imports a file, as the caller's module loader does
 * @returns the lines it printed
 */
export async function runExample(code, folder, load) {
  const work = mkdtempSync(join(tmpdir(), 'readme-'));
  mkdirSync(join(work, 'www'));
  for (const name of ['index.html', 'www/index.html', 'www/test.html'])
    writeFileSync(join(work, name), page);
  mkdirSync(folder, { recursive: true });
  const text = await onFreePorts(code);
  const file = join(
    folder,
    `readme-${createHash('sha256').update(text).digest('hex').slice(0, 12)}.mjs`,
  );
  const starts = /^(?:const|let|var) context\b/m.test(text);
  writeFileSync(file, starts ? `${text}\nexport { context };\n` : text);
  const watch = watchProcess(work);
  try {
    const { context } = await within(patience, 'the example did not come to its end', load(file));
    const listening = watch.ports();
    for (const port of listening) await visit(port, context, text);
    if (context !== undefined) await within(patience, 'context.close() hangs', context.close());
    if (watch.ports().length > 0)
      throw new Error(
        'the example leaves a listener open: name what it starts `context`, or close it',
      );
    for (const [, wanted] of text.matchAll(/^\s*\/\/ prints: (.*)$/gm))
      if (!watch.lines().includes(wanted))
        throw new Error(
          `the example says it prints "${wanted}", but printed ${JSON.stringify(watch.lines())}`,
        );
    return watch.lines();
  } finally {
    watch.restore();
    rmSync(file, { force: true });
    rmSync(work, { recursive: true, force: true });
  }
}

/** The same text with every `port: N` a free port, wherever else the number stands. */
async function onFreePorts(code) {
  let text = code;
  const asked = new Set(Array.from(code.matchAll(/\bport: (\d{2,5})\b/g), ([, port]) => port));
  for (const port of asked)
    text = text.replaceAll(new RegExp(`\\b${port}\\b`, 'g'), String(await freePort()));
  return text;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** What the example does to this process: what it listens on, prints, and hangs on signals. */
function watchProcess(work) {
  const servers = new Set();
  const lines = [];
  const listen = Reflect.get(Server.prototype, 'listen');
  const methods = ['log', 'info', 'warn', 'error', 'debug'];
  const consoles = methods.map((name) => console[name]);
  const streams = [process.stdout, process.stderr];
  const writes = streams.map((stream) => Reflect.get(stream, 'write'));
  const before = new Set(['SIGTERM', 'SIGINT'].flatMap((signal) => process.listeners(signal)));
  const home = process.cwd();

  process.chdir(work);
  Server.prototype.listen = function (...args) {
    servers.add(this);
    return listen.apply(this, args);
  };
  for (const name of methods) console[name] = (...words) => lines.push(words.map(String).join(' '));
  for (const stream of streams)
    stream.write = (chunk, ...rest) => {
      lines.push(...String(chunk).split('\n').filter(Boolean));
      rest.find((one) => typeof one === 'function')?.();
      return true;
    };
  return {
    lines: () => lines,
    ports: () =>
      [...servers].map((server) => server.address()?.port).filter((port) => port !== undefined),
    restore() {
      Server.prototype.listen = listen;
      for (const [at, name] of methods.entries()) console[name] = consoles[at];
      for (const [at, stream] of streams.entries()) stream.write = writes[at];
      for (const signal of ['SIGTERM', 'SIGINT'])
        for (const listener of process.listeners(signal))
          if (!before.has(listener)) process.off(signal, listener);
      process.chdir(home);
    },
  };
}

/** A browser's first steps: GET, then a WebSocket for each protocol that speaks it. */
async function visit(port, context, text) {
  const status = await get(port);
  const rooted = /mountpoint: '\/'/.test(text);
  if (status >= 500 || (rooted && status >= 400)) throw new Error(`GET / was answered ${status}`);
  for (const name of subprotocols(context, text)) await openWebSocket(port, name);
}

function get(port) {
  return within(
    patience,
    'GET / was not answered',
    new Promise((resolve, reject) => {
      const options = { port, host: '127.0.0.1', path: '/', agent: false };
      request(options, (answer) => {
        answer.resume();
        answer.once('end', () => resolve(answer.statusCode));
      })
        .once('error', reject)
        .end();
    }),
  );
}

/** What the context says it speaks; else the names the text gives to protocols with a ws group. */
function subprotocols(context, text) {
  const bound = [...(context?.vhosts ?? [])].flatMap((vhost) => [...(vhost.protocols ?? [])]);
  if (bound.length > 0)
    return [...new Set(bound.filter(({ spec }) => spec?.ws !== undefined).map(({ name }) => name))];
  return [...text.matchAll(/\bprotocol\(\{\s*name: '([^']+)'[\s\S]*?^\s+ws: \{/gm)].map(
    ([, name]) => name,
  );
}

/** RFC 6455 §4.1: the handshake, then a close frame of 1000 and the peer's in answer. */
function openWebSocket(port, protocol) {
  const key = randomBytes(16).toString('base64');
  const accept = createHash('sha1')
    .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': key,
    'Sec-WebSocket-Protocol': protocol,
  };
  return within(
    patience,
    `a WebSocket of ${protocol} was not closed`,
    new Promise((resolve, reject) => {
      const asked = request({ port, host: '127.0.0.1', path: '/', headers, agent: false });
      asked.once('error', reject);
      asked.once('response', ({ statusCode }) =>
        reject(new Error(`a WebSocket of ${protocol} was answered ${statusCode}`)),
      );
      asked.once('upgrade', (answer, socket) => {
        if (answer.headers['sec-websocket-accept'] !== accept)
          reject(new Error(`a WebSocket of ${protocol} was accepted with the wrong key`));
        socket.once('error', reject);
        socket.once('close', () => resolve());
        socket.resume();
        socket.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]));
      });
      asked.end();
    }),
  );
}

function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} (waited ${ms} ms)`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
