/** `raw://` of the test client: what arrives is printed, what is typed is sent. */
import {
  createContext,
  holdProcess,
  type LwsContext,
  LwsError,
  protocol,
  type RetryPolicy,
} from 'lws-ts';
import type { TestClientEvent } from './events.ts';
import { type Keeper, KeptConnection } from './kept-connection.ts';
import { type ClientTls, fileOptions, laxOptions } from './tls-options.ts';

/** What {@link runRawClient} is told. */
export interface RawClientOptions {
  /** `raw://host:port`, or `raws://` over TLS. */
  readonly url: string;
  readonly tls: ClientTls;
  readonly retry: RetryPolicy;
  /** Where it reads what is to be sent: a descriptor or a stream. Its end is that of what is sent. @defaultValue nowhere */
  readonly input: number | object | undefined;
  /** Told of what arrives. */
  onText(text: string): void;
  /** Told of each failure to connect. */
  onError(event: Extract<TestClientEvent, { event: 'error' }>): void;
  /** Settles when it is to end. */
  readonly ended: Promise<void>;
}

/** Who is sent what is typed. */
interface Peer {
  requestWriteable(): void;
}

/** Whoever types. */
interface Typing {
  rxFlowControl(on: boolean): void;
}

const closeDeadlineSecs = 5;

/** Resolves when the connection is over: with why it gave up, if it did. */
export async function runRawClient(options: RawClientOptions): Promise<LwsError | undefined> {
  const typed: Uint8Array[] = [];
  const decoder = new TextDecoder();
  let peer: Peer | undefined;
  let typing: Typing | undefined;
  let typedAll = false;
  let settle = (_error: LwsError | undefined): void => undefined;
  const over = new Promise<LwsError | undefined>((resolve) => {
    settle = resolve;
  });
  const keyboard = protocol({
    name: 'keyboard',
    rawFile: {
      rx(wsi, data) {
        typed.push(data);
        wsi.rxFlowControl(false);
        peer?.requestWriteable();
      },
      close() {
        typedAll = true;
        peer?.requestWriteable();
      },
    },
  });
  const raw = protocol({
    name: 'lws-test-raw-client',
    // the server is heard while something is to be sent
    duplex: true,
    client: { connectionError: (_wsi, error) => connection.failed(error) },
    raw: {
      adopt(wsi) {
        peer = wsi;
        typing = adopted(context, options.input);
        wsi.requestWriteable();
      },
      rx: (_wsi, data) => options.onText(decoder.decode(data, { stream: true })),
      writeable(wsi, tx) {
        for (let data = typed.shift(); data !== undefined; data = typed.shift()) {
          if (tx.write(data)) continue;
          wsi.requestWriteable();
          return;
        }
        if (typedAll) tx.end();
        else typing?.rxFlowControl(true);
      },
      close: () => settle(undefined),
    },
  });
  const context = await createContext({
    vhosts: [{ name: 'client', port: -1, protocols: [raw, keyboard], ...fileOptions(options.tls) }],
  });
  const keeper: Keeper & { ending: boolean } = {
    context,
    emit: (event) => event.event === 'error' && options.onError(event),
    ending: false,
    connecting: () => undefined,
    gaveUp: (error) => settle(error),
  };
  const { url, tls, retry } = options;
  const target = { url, localProtocol: raw.name, ...laxOptions(tls) };
  const connection = new KeptConnection('raw', url, target, retry, keeper);
  void options.ended.then(() => settle(undefined));
  // while it waits to try again nothing else does
  const letGo = holdProcess();
  try {
    connection.connect();
    return await over;
  } finally {
    keeper.ending = true;
    await context.close({ deadlineSecs: closeDeadlineSecs });
    letGo();
  }
}

/** Who has no input, or one that cannot be waited for such as /dev/null, only listens. */
function adopted(context: LwsContext, input: number | object | undefined): Typing | undefined {
  if (input === undefined) return undefined;
  try {
    return context.vhosts[0]?.adoptDescriptor(input, 'keyboard');
  } catch (error) {
    if (error instanceof LwsError && error.code === 'LWS_ERR_ADOPT') return undefined;
    throw error;
  }
}
