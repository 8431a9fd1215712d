/**
 * The server that the cases are said to: HTTP, WebSocket and a file mount over transports in memory, with a
 * program that writes down what it is given. The clock stands still, so nothing here waits for a deadline.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Context, createContext, setLogLevel } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { httpMounts } from '@lws-ts/http-mounts';
import {
  type HttpAnswer,
  type HttpExchange,
  type HttpFields,
  type HttpResponder,
  protocol,
  type UpgradeAnswer,
} from '@lws-ts/interface';
import { connectRawPeer, type RawPeer, settle, VirtualClock } from '@lws-ts/test-kit';
import { DiskFops, vfs } from '@lws-ts/vfs';
import { ws } from '@lws-ts/ws';

/** A request as the program was given it, whole. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly fields: HttpFields;
  readonly body: string;
  readonly trailers: HttpFields;
}

/** What came of a stream of bytes. */
export interface Told {
  /** All that the peer heard, a character a byte. */
  readonly heard: string;
  /** The server said that it is done: FIN, or the end of the connection. */
  readonly ended: boolean;
  readonly seen: readonly Seen[];
  /** Codes of what was refused. */
  readonly codes: readonly string[];
}

/** What was heard over TCP, and how that came to an end. */
export interface TcpTold {
  readonly heard: string;
  readonly how: 'ended' | 'open' | 'reset' | 'hang';
}

const answer: HttpAnswer = { kind: 'answer', writeable() {}, done() {} };

/** Turns of the loop in which nothing happened, before a stream counts as answered. */
const QUIET_TURNS = 3;
const MOST_TURNS = 400;
/** Pieces between turns of the loop: a queue of all of them takes long. */
const AT_ONCE = 1024;
const HANG_MS = 1000;
/** How long nothing more may come, before a connection counts as open. */
const STILL_MS = 20;

/** The log is one for all that are open. */
const listeners = new Set<string[]>();

export class Served {
  readonly clock = new VirtualClock();
  /** Lines that were logged. */
  readonly lines: string[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'lws-cases-'));
  #context: Context | undefined;
  #seen: Seen[] = [];

  /** @param tcp on a free port of 127.0.0.1 and with the clock of the machine, for {@link sayOverTcp} */
  async open(tcp = false): Promise<void> {
    mkdirSync(join(this.#folder, 'd'));
    mkdirSync(join(this.#folder, 'e'));
    writeFileSync(join(this.#folder, 'd/index.html'), 'd');
    writeFileSync(join(this.#folder, 'a.txt'), '0123456789'.repeat(100));
    writeFileSync(join(this.#folder, '.htpasswd'), 'secret');
    listeners.add(this.lines);
    setLogLevel(undefined, (_level, line) => {
      for (const lines of listeners) lines.push(line);
    });
    const program: HttpResponder = {
      name: 'program',
      respond: (exchange) => this.#respond(exchange),
    };
    const tested = protocol({ name: 'tested', ws: { receive() {} } });
    this.#context = (await createContext({
      use: [
        http(),
        ws(),
        {
          name: 'program',
          needs: ['@lws-ts/http'],
          contextOptions: {},
          vhostOptions: {},
          install: () => ({ responders: [program] }),
        },
        httpMounts(),
        vfs(),
      ],
      ...(tcp ? {} : { clock: this.clock }),
      fops: new DiskFops(),
      vhosts: [
        {
          port: tcp ? 0 : -1,
          interface: '127.0.0.1',
          protocols: [tested.with({ default: true })],
          mounts: [{ mountpoint: '/files', origin: `file://${this.#folder}` }],
        },
      ],
    })) as unknown as Context;
  }

  async close(): Promise<void> {
    await this.#context?.close({ deadlineSecs: 0 });
    listeners.delete(this.lines);
    if (listeners.size === 0) setLogLevel(undefined, null);
    rmSync(this.#folder, { recursive: true });
  }

  /** Says `pieces`, each as a chunk of its own, and gives what came of it when nothing more happens. */
  async say(pieces: readonly Uint8Array[]): Promise<Told> {
    const vhost = this.#context?.vhosts[0];
    if (vhost === undefined) throw new Error('not open');
    const counted = new Map(vhost.counters.refused);
    const seen: Seen[] = [];
    this.#seen = seen;
    const { peer } = await connectRawPeer(vhost);
    for (const [at, piece] of pieces.entries()) {
      peer.push(piece);
      if (at % AT_ONCE === AT_ONCE - 1) await settle(1);
    }
    await quiet(peer, seen);
    const { refused } = vhost.counters;
    const codes = [...refused.keys()].filter((code) => refused.get(code) !== counted.get(code));
    const told = { heard: peer.text, ended: peer.ended || peer.isClosed, seen: [...seen], codes };
    await peer.reset();
    return told;
  }

  /** Says `bytes` over TCP; gives what was heard when the server ends, or `enough` says so, or in a second. */
  sayOverTcp(bytes: Uint8Array, enough: (heard: string) => boolean): Promise<TcpTold> {
    const port = this.#context?.vhosts[0]?.port ?? 0;
    return new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      let heard = '';
      const finish = (how: TcpTold['how']): void => {
        clearTimeout(deadline);
        socket.destroy();
        resolve({ heard, how });
      };
      const deadline = setTimeout(() => finish('hang'), HANG_MS);
      socket.on('data', (chunk: Buffer) => {
        heard += chunk.toString('latin1');
        if (enough(heard)) setTimeout(() => finish('open'), STILL_MS);
      });
      socket.on('end', () => finish('ended'));
      socket.on('error', () => finish('reset'));
      socket.write(bytes);
      if (enough('')) setTimeout(() => finish('open'), STILL_MS);
    });
  }

  #respond(exchange: HttpExchange): HttpAnswer | UpgradeAnswer | undefined {
    const { request } = exchange;
    const { method, path, query } = request;
    if (request.field('upgrade') !== undefined) return path === '/refuse' ? refusal : undefined;
    if (path.startsWith('/none') || path.startsWith('/files')) return undefined;
    const fields: [string, string][] = [];
    request.each((name, value) => fields.push([name, value]));
    const chunks: string[] = [];
    const seen = this.#seen;
    const answered = (trailers: HttpFields): void => {
      const whole = chunks.join('');
      const body = path === '/count' ? String(whole.length) : whole;
      seen.push({ method, path, query, fields, body, trailers });
      exchange.reply(200, [], 'ok');
    };
    if (path === '/unread') answered([]);
    else
      exchange.readBody({
        chunk: (bytes) => void chunks.push(Buffer.from(bytes).toString('latin1')),
        complete: answered,
      });
    return answer;
  }
}

const refusal: UpgradeAnswer = {
  kind: 'refuse',
  status: 403,
  fields: [],
  error: { code: 'LWS_ERR_TEST', message: 'no upgrade', hint: 'none' },
};

async function quiet(peer: RawPeer, seen: readonly Seen[]): Promise<void> {
  let before = '';
  for (let turns = 0, same = 0; same < QUIET_TURNS && turns < MOST_TURNS; turns++) {
    await settle(2);
    const now = `${peer.bytes.length} ${peer.ended} ${peer.isClosed} ${seen.length}`;
    same = now === before ? same + 1 : 0;
    before = now;
  }
}
