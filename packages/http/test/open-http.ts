import { type Context, createContext, type Vhost } from '@lws-ts/core';
import { type HttpOptions, headerTablesLent, http } from '@lws-ts/http';
import type {
  HttpAnswer,
  HttpExchange,
  HttpResponder,
  LwsModule,
  Role,
  UpgradeAnswer,
} from '@lws-ts/interface';
import {
  connectRawPeer,
  type MemoryConnection,
  type RawPeer,
  VirtualClock,
} from '@lws-ts/test-kit';
import { captureLog } from '../../core/test/captured-log.ts';
import { eachTest } from '../../core/test/each-test.ts';
import { findSite } from '../src/http-site.ts';

export type Respond = (exchange: HttpExchange) => HttpAnswer | UpgradeAnswer | undefined;

/** The Date field that the virtual clock gives at its start. */
export const DATE = 'date: Thu, 01 Jan 2026 00:00:00 GMT\r\n';

/** An answer that was given in `respond` already. */
export const answered: HttpAnswer = { kind: 'answer', writeable() {}, done() {} };

/** Lines that were logged in this test. */
export const logged: readonly string[] = captureLog();

const opened: Context[] = [];

eachTest({
  async after() {
    for (const context of opened.splice(0)) await context.close({ deadlineSecs: 0 });
  },
});

export interface OpenedHttp {
  readonly clock: VirtualClock;
  readonly context: Context;
  readonly vhost: Vhost;
  readonly connect: (options?: {
    capacity?: number;
    listening?: boolean;
  }) => Promise<MemoryConnection>;
  /** Header tables in use. */
  readonly lent: () => number;
  /** Requests that go on with a copy of their head, and what the copies take in bytes. */
  readonly copies: () => readonly [number, number];
}

/** A context in memory whose requests `respond` answers. */
export async function openHttp(
  respond: Respond | readonly Respond[],
  options: HttpOptions & {
    roles?: readonly Role[];
    names?: readonly string[];
    maxInputBytesTotal?: number;
  } = {},
): Promise<OpenedHttp> {
  const { roles = [], names = ['default'], maxInputBytesTotal = 0, ...rest } = options;
  const list = typeof respond === 'function' ? [respond] : respond;
  const responders = list.map(
    (each, at): HttpResponder => ({ name: `responder ${at}`, respond: each }),
  );
  const answers: LwsModule = {
    name: 'answers',
    needs: ['@lws-ts/http'],
    contextOptions: {},
    vhostOptions: {},
    install: () => ({ responders, roles }),
  };
  const clock = new VirtualClock();
  const context = await createContext({
    use: [http(), answers],
    clock,
    maxInputBytesTotal,
    vhosts: names.map((name) => ({ name, port: -1, ...rest })),
  });
  opened.push(context as unknown as Context);
  const vhost = context.vhosts[0] as Vhost;
  return {
    clock,
    context: context as unknown as Context,
    vhost,
    connect: (pair) => connectRawPeer(vhost, pair),
    lent: () => headerTablesLent(vhost),
    copies: () => {
      const tables = findSite(vhost)?.tables;
      return [tables?.copies ?? Number.NaN, tables?.copied ?? Number.NaN];
    },
  };
}

/** A whole request. */
export const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** A peer that has said `text` on a connection of its own, and heard what came of it. */
export async function ask({ connect }: OpenedHttp, text: string): Promise<RawPeer> {
  const { peer } = await connect();
  await peer.send(text);
  return peer;
}

/** Answers everything with its method and path. */
export const echo: Respond = (exchange) => {
  exchange.reply(200, [], `${exchange.request.method} ${exchange.request.path}`);
  return answered;
};

/** Bytes of a plain 200 answer. */
export const ok = (body: string, fields = ''): string =>
  `HTTP/1.1 200 OK\r\n${DATE}content-length: ${body.length}\r\n${fields}\r\n${body}`;

/** Status lines of all answers in `heard`. */
export function statuses(heard: string): number[] {
  return [...heard.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
