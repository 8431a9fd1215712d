/** A program that echoes, in both forms of the public API, for servers and clients alike. */
import { protocol, type WsTx, type WsWsi } from '@lws-ts/interface';

export type Form = 'message' | 'receive';

/** A message, or a piece of one, that waits to be sent back. */
interface Piece {
  readonly data: string | Uint8Array;
  readonly first: boolean;
  readonly final: boolean;
  readonly binary: boolean;
}

/** Of a connection: what waits. */
const session = () => ({ waiting: [] as Piece[] });
type Echoing = WsWsi<ReturnType<typeof session>, undefined>;

/** What connections were told at their end, in order. */
export type Ends = (code: number) => void;

function add(wsi: Echoing, piece: Piece): void {
  wsi.session.waiting.push(piece);
  wsi.requestWriteable();
}

function send(tx: WsTx, form: Form, { data, ...flags }: Piece): boolean {
  if (form === 'receive') return tx.fragment(data, flags);
  return typeof data === 'string' ? tx.text(data) : tx.binary(data);
}

function writeable(form: Form) {
  return (wsi: Echoing, tx: WsTx) => {
    for (;;) {
      const piece = wsi.session.waiting.shift();
      if (piece === undefined) return;
      if (!send(tx, form, piece)) break;
    }
    if (wsi.session.waiting.length > 0) wsi.requestWriteable();
  };
}

/** Whole messages: text is sent back as text, binary as binary. */
function messageHandlers(ends: Ends) {
  return {
    message: (wsi: Echoing, data: string | Uint8Array) =>
      add(wsi, { data, first: true, final: true, binary: typeof data !== 'string' }),
    writeable: writeable('message'),
    closed: (_wsi: Echoing, code: number) => ends(code),
  };
}

/** Chunks as they come: each is sent back as a fragment of its message. */
function receiveHandlers(ends: Ends) {
  return {
    receive: (wsi: Echoing, chunk: Uint8Array) =>
      add(wsi, {
        data: new Uint8Array(chunk),
        first: wsi.isFirstFragment,
        final: wsi.isFinalFragment,
        binary: wsi.isBinary,
      }),
    writeable: writeable('receive'),
    closed: (_wsi: Echoing, code: number) => ends(code),
  };
}

/** The protocol `echo`, of one form, for both sides. */
export function echo(form: Form, ends: Ends) {
  if (form === 'message') {
    const handlers = messageHandlers(ends);
    return protocol({ name: 'echo', session, ws: handlers, client: handlers });
  }
  const handlers = receiveHandlers(ends);
  return protocol({ name: 'echo', session, ws: handlers, client: handlers });
}
