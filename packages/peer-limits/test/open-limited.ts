/** A context with limits, reached through memory, whose requests wait until a test answers them. */
import { type Context, createContext, setLogLevel, type Vhost } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import {
  type HttpAnswer,
  type HttpExchange,
  type LwsModule,
  type PeerAddress,
  protocol,
} from '@lws-ts/interface';
import { connectRawPeer, type RawPeer, settle, VirtualClock } from '@lws-ts/test-kit';
import { ws } from '@lws-ts/ws';
import { eachTest } from '../../core/test/each-test.ts';
import { type PeerLimitsOptions, peerLimits } from '../src/index.ts';

/** Lines that were logged in this test. */
export const logged: string[] = [];

const opened: Context[] = [];

eachTest({
  before() {
    logged.length = 0;
    setLogLevel(7, (_level, line) => void logged.push(line));
  },
  async after() {
    for (const context of opened.splice(0)) await context.close({ deadlineSecs: 0 });
    await settle();
  },
});

const answered: HttpAnswer = { kind: 'answer', writeable() {}, done() {} };

/** What it heard, for messages in order. */
export const heard: string[] = [];
/** Whom each request was from. */
export const peers: PeerAddress[] = [];

const talk = protocol({
  name: 'talk',
  ws: {
    message(_wsi, data) {
      heard.push(String(data));
    },
  },
});

export interface Limited {
  readonly clock: VirtualClock;
  readonly context: Context;
  readonly vhost: Vhost;
  /** Requests that have no answer yet, by path. */
  readonly waiting: Map<string, HttpExchange>;
  /** Answers the request of that path. */
  readonly answer: (path: string) => Promise<void>;
  /** The peer of a new connection from `address`. */
  readonly connect: (address?: string) => Promise<RawPeer>;
}

/** `GET` of a path below `/now` is answered at once. */
export async function openLimited(
  options: PeerLimitsOptions & {
    readonly timeoutSecs?: number;
    readonly maxHttpHeaderPool?: number;
    readonly maxHttpHeaderCopies?: number;
  },
): Promise<Limited> {
  const { timeoutSecs = 10, maxHttpHeaderPool = 256, maxHttpHeaderCopies = 0, ...limits } = options;
  const waiting = new Map<string, HttpExchange>();
  heard.length = 0;
  peers.length = 0;
  const answers: LwsModule = {
    name: 'answers',
    needs: ['@lws-ts/http'],
    contextOptions: {},
    vhostOptions: {},
    install: () => ({
      responders: [
        {
          name: 'answers',
          respond(exchange) {
            const { path, upgrade } = exchange.request as typeof exchange.request & {
              upgrade: boolean;
            };
            if (upgrade) return undefined;
            peers.push(exchange.host.transport.peer);
            if (path.startsWith('/now')) exchange.reply(200, [], path);
            else waiting.set(path, exchange);
            return answered;
          },
        },
      ],
    }),
  };
  const clock = new VirtualClock();
  const context = await createContext({
    use: [peerLimits(), http(), ws(), answers],
    clock,
    ...limits,
    vhosts: [
      {
        port: -1,
        timeoutSecs,
        maxHttpHeaderPool,
        maxHttpHeaderCopies,
        protocols: [talk.with({ default: true })],
      },
    ],
  });
  opened.push(context as unknown as Context);
  const vhost = context.vhosts[0] as Vhost;
  return {
    clock,
    context: context as unknown as Context,
    vhost,
    waiting,
    async answer(path) {
      const exchange = waiting.get(path);
      if (exchange === undefined) throw new Error(`nobody asked for ${path}`);
      waiting.delete(path);
      exchange.reply(200, [], path);
      await settle();
    },
    async connect(address = '192.0.2.1') {
      const { peer } = await connectRawPeer(vhost, { clientAddress: address });
      return peer;
    },
  };
}

/** A request as it is sent. */
export const get = (path: string, fields = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;

/** The bodies of all answers, or their status where that is not 200. */
export function answers(peer: RawPeer): string[] {
  return peer.text
    .split(/(?=HTTP\/1\.1 \d)/)
    .filter((answer) => answer !== '')
    .map((answer) => {
      const status = answer.slice(9, 12);
      return status === '200' ? answer.slice(answer.indexOf('\r\n\r\n') + 4) : status;
    });
}
