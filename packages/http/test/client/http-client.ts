/** A context without a listener whose HTTP requests a test watches. */
import { type Context, createContext } from '@lws-ts/core';
import { type HttpConnectOptions, http } from '@lws-ts/http';
import { type ClientHandlers, type Clock, type HttpClientWsi, protocol } from '@lws-ts/interface';
import { captureLog } from '../../../core/test/captured-log.ts';
import { eachTest } from '../../../core/test/each-test.ts';
import { type Script, ScriptedOrigin } from './scripted-origin.ts';

export type Handlers = ClientHandlers<{ body: string }, unknown>;
export type ClientSocket = HttpClientWsi<{ body: string }, unknown>;
export type Asked = HttpConnectOptions & {
  readonly method?: string;
  readonly connectTimeoutSecs?: number;
  readonly retry?: { readonly tableMs: readonly number[] };
};

/** What happened, in order. */
export const events: string[] = [];
/** What was logged. */
export const lines: readonly string[] = captureLog();
const closers: (() => unknown)[] = [];

eachTest({
  before() {
    events.length = 0;
  },
  async after() {
    for (const close of closers.splice(0).reverse()) await close();
  },
});

export async function origin(script: Script): Promise<ScriptedOrigin> {
  const server = await ScriptedOrigin.listen(script);
  closers.push(() => server.close());
  return server;
}

/** A context of one protocol that keeps what it is told in {@link events}; bodies are collected and told whole. */
export async function client(handlers: Handlers = {}, clock?: Clock): Promise<Context> {
  const watching = protocol({
    name: 'watching',
    session: () => ({ body: '' }),
    client: {
      establishedHttp: (wsi) => void events.push(`established ${wsi.status}`),
      receiveHttpRead(wsi, chunk) {
        wsi.session.body += Buffer.from(chunk).toString('latin1');
      },
      completedHttp(wsi, trailers) {
        const more = trailers.map(([name, value]) => ` ${name}=${value}`).join('');
        events.push(`completed ${JSON.stringify(wsi.session.body)}${more}`);
      },
      closedHttp: (_wsi, error) => void events.push(`closed${error ? ` ${error.code}` : ''}`),
      connectionError: (_wsi, error) => void events.push(`failed ${error.code}`),
      ...handlers,
    } as Handlers,
  });
  const context = await createContext({
    use: [http()],
    ...(clock === undefined ? {} : { clock }),
    vhosts: [{ name: 'out', port: -1, protocols: [watching] }],
  });
  closers.push(() => context.close({ deadlineSecs: 0 }));
  return context as unknown as Context;
}

/** Begins a request. */
export function ask(context: Context, url: string, options: Asked = {}): ClientSocket {
  return context.connect({ url, ...options } as Parameters<Context['connect']>[0]) as ClientSocket;
}

export async function until(done: () => boolean): Promise<void> {
  for (let turn = 0; !done(); turn++) {
    if (turn > 1500) throw new Error(`waited in vain: ${JSON.stringify([events, lines])}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Waits for `count` requests to be over. */
export async function over(count = 1): Promise<readonly string[]> {
  await until(() => events.filter((one) => /^(closed|failed)/.test(one)).length >= count);
  return events;
}
