/** The test client: a context without a listener, and the connections that it keeps. */
import {
  createContext,
  holdProcess,
  type LwsContext,
  type LwsError,
  permessageDeflate,
  type RetryPolicy,
} from 'lws-ts';
import { type EventListener, shownUrl } from './events.ts';
import { httpClient } from './http-client.ts';
import { type Keeper, KeptConnection } from './kept-connection.ts';
import { dumbClient, lifetime, mirrorClient } from './protocols.ts';
import { type ClientTls, fileOptions, laxOptions } from './tls-options.ts';

/** What {@link startTestClient} is told. */
export interface TestClientOptions {
  /** `ws://host:port/path` of a test server; of `http://` and `https://` one request is made. */
  readonly url: string;
  /** @defaultValue strict, and the CAs of the system */
  readonly tls?: ClientTls;
  /** Told of everything that happens. */
  readonly onEvent?: EventListener;
  /** Three counters and no mirror. lws: -m @defaultValue false */
  readonly multi?: boolean;
  /** The mirror alone, without end. lws: -j @defaultValue false */
  readonly justMirror?: boolean;
  /** The mirror draws nothing. lws: -n @defaultValue false */
  readonly noMirror?: boolean;
  /** The mirror draws 500,000 circles more before it comes again. lws: -l @defaultValue false */
  readonly longLived?: boolean;
  /** Of `http://` and `https://`: sends a form by POST. lws: -o @defaultValue false */
  readonly post?: boolean;
  /** Circles after which the mirror closes and comes again. @defaultValue by chance, 16,384 to 81,919 */
  readonly lifetime?: number;
  /** Offer no permessage-deflate. lws: -u @defaultValue false */
  readonly undeflated?: boolean;
  /** Pings a server that has been silent for so long, in seconds, and leaves it after as long again. lws: -P @defaultValue never */
  readonly pingSecs?: number;
  /** Delays after failures; then it gives up. After a connection that closed it begins anew. */
  readonly retry?: RetryPolicy;
  /** @defaultValue that of the machine */
  readonly clock?: LwsContext['clock'];
}

/** One that runs. */
export interface TestClient {
  /** Settles when it gave up, with why, was closed, or an HTTP answer is complete. */
  readonly over: Promise<LwsError | undefined>;
  /** Ends its connections in order. */
  close(): Promise<void>;
}

/** After which failures a client tries again, by default. */
export const defaultRetry: RetryPolicy = { tableMs: [1000, 2000, 3000, 5000, 5000] };
/** How often those of `multi` are asked to write, in ms. */
const askMs = 5000;
const multiCount = 3;
const closeDeadlineSecs = 5;

/**
 * Starts the test client: its connections come and go until they give up, or until `close()`.
 *
 * @throws (rejects) `LWS_ERR_OPTION` and the like for a URL that cannot be used
 */
export async function startTestClient(options: TestClientOptions): Promise<TestClient> {
  const { url, onEvent = () => undefined, retry = defaultRetry, pingSecs } = options;
  const owners = new WeakMap<object, KeptConnection>();
  const find = (wsi: object): KeptConnection | undefined => owners.get(wsi);
  const dumb = dumbClient(find);
  const mirror = mirrorClient(find, {
    silent: options.noMirror ?? false,
    endless: options.justMirror ?? false,
    lifetime: () => options.lifetime ?? lifetime(options.longLived ?? false),
  });
  let settle = (_error: LwsError | undefined): void => undefined;
  const over = new Promise<LwsError | undefined>((resolve) => {
    settle = resolve;
  });
  const isHttp = /^https?:/i.test(url);
  const page = httpClient(onEvent, (error) => settle(error), options.post ?? false);
  const context = await createContext({
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    vhosts: [
      {
        name: 'client',
        port: -1,
        protocols: isHttp ? [page] : [dumb, mirror],
        ...fileOptions(options.tls),
        extensions: options.undeflated === true ? [] : [permessageDeflate()],
        // lws: a pong has to come within as long again as the silence before the ping
        ...(pingSecs === undefined ? {} : { validPingSecs: pingSecs, hangupSecs: 2 * pingSecs }),
      },
    ],
  });
  const letGo = holdProcess();
  const keeper: Keeper & { ending: boolean } = {
    context,
    emit: onEvent,
    ending: false,
    connecting: (wsi, connection) => void owners.set(wsi, connection),
    gaveUp: (error) => settle(error),
  };
  const close = async (): Promise<void> => {
    keeper.ending = true;
    await context.close({ deadlineSecs: closeDeadlineSecs });
    letGo();
    settle(undefined);
  };
  const keep = (name: string, protocols: string): void =>
    new KeptConnection(
      name,
      url,
      { url, protocols, ...laxOptions(options.tls) },
      retry,
      keeper,
    ).connect();
  try {
    if (isHttp) {
      onEvent({ event: 'connecting', connection: 'http', url: shownUrl(url) });
      const method = options.post === true ? 'POST' : 'GET';
      context.connect({ url, method, keepWarmSecs: 0, ...laxOptions(options.tls) });
    } else if (options.multi === true) {
      for (let at = 0; at < multiCount; at++) keep(`dumb ${at}`, dumb.name);
      askAgain(keeper, () => context.requestWriteableAll(dumb));
    } else {
      if (options.justMirror !== true) keep('dumb', dumb.name);
      keep('mirror', mirror.name);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { over, close };
}

/** Every five seconds, as long as it runs. */
function askAgain(keeper: Keeper, ask: () => void): void {
  const { clock } = keeper.context;
  clock.wakeAt(clock.now() + askMs, () => {
    if (keeper.ending) return;
    ask();
    askAgain(keeper, ask);
  });
}
