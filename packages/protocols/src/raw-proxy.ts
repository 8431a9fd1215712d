import {
  interfaceErrors,
  LwsError,
  type Protocol,
  type ProtocolVhost,
  protocol,
  type Wsi,
} from '@lws-ts/interface';

/** What may wait for one side before the other is no longer heard, in bytes. */
const waitingBytes = 64 * 1024;

type ProxyPvo = { readonly onward: 'string' };
type AnyWsi = Wsi<unknown, unknown>;

/** One side of a pair, and what the other said that it has not taken. */
class Side {
  readonly wsi: AnyWsi;
  other: Side | undefined = undefined;
  /** The other side sends no more. */
  ended = false;
  /** The other side is gone. */
  alone = false;
  readonly #waiting: Uint8Array[] = [];
  #bytes = 0;

  constructor(wsi: AnyWsi) {
    this.wsi = wsi;
  }

  /** Takes what the other side said. */
  add(data: Uint8Array): void {
    this.#waiting.push(data);
    this.#bytes += data.length;
    if (this.#bytes >= waitingBytes) this.other?.wsi.rxFlowControl(false);
    this.wsi.requestWriteable();
  }

  /** Writes on; what the other side said last is followed by its end. */
  write(tx: { write(data: Uint8Array): boolean; end(): void }): void {
    for (let data = this.#waiting.shift(); data !== undefined; data = this.#waiting.shift()) {
      this.#bytes -= data.length;
      if (tx.write(data)) continue;
      this.wsi.requestWriteable();
      break;
    }
    if (this.#bytes < waitingBytes) this.other?.wsi.rxFlowControl(true);
    if (this.#waiting.length > 0) return;
    if (this.alone) this.wsi.close();
    else if (this.ended) tx.end();
  }
}

/** Where the connections of a vhost go on to, and their pairs. */
class Pairs {
  readonly sides = new Map<object, Side>();
  readonly #vhost: ProtocolVhost<ProxyPvo>;
  readonly #onward: Readonly<Record<string, unknown>>;

  constructor(vhost: ProtocolVhost<ProxyPvo>) {
    this.#vhost = vhost;
    this.#onward = readOnward(vhost.pvo.onward);
  }

  /** Connects onward for a connection that came in. */
  begin(wsi: AnyWsi): void {
    const options = { ...this.#onward, method: 'RAW', localProtocol: wsi.protocol };
    const near = new Side(wsi);
    const far = new Side(this.#vhost.connect(options));
    near.other = far;
    far.other = near;
    this.sides.set(wsi, near);
    this.sides.set(far.wsi, far);
  }

  /** A side is gone: the other takes what is still for it, and ends. */
  gone(wsi: AnyWsi): void {
    const other = this.sides.get(wsi)?.other;
    this.sides.delete(wsi);
    if (other === undefined) return;
    other.alone = true;
    // one that is not connected yet is given up
    if (other.wsi.open) other.wsi.requestWriteable();
    else other.wsi.abort();
  }
}

/**
 * Passes the bytes of raw connections on to another server, and back: each has a connection of its own there, an
 * end is passed on as an end, and a side that takes nothing stops the other. The pvo `onward` says where:
 * `ipv4:host:port`, `ipv6:host:port` or `uds:/path`. lws: raw-proxy
 */
export const rawProxy: Protocol<ProxyPvo> = protocol({
  name: 'raw-proxy',
  pvo: { onward: 'string' },
  // both ways at once: what comes is taken although there is something to write
  duplex: true,
  vhostData: (vhost: ProtocolVhost<ProxyPvo>) => new Pairs(vhost),
  raw: {
    adopt(wsi) {
      if (!wsi.vhostData.sides.has(wsi)) wsi.vhostData.begin(wsi);
    },
    rx: (wsi, data) => wsi.vhostData.sides.get(wsi)?.other?.add(data),
    writeable: (wsi, tx) => wsi.vhostData.sides.get(wsi)?.write(tx),
    peerEnded(wsi) {
      const other = wsi.vhostData.sides.get(wsi)?.other;
      if (other === undefined) return;
      other.ended = true;
      other.wsi.requestWriteable();
    },
    close: (wsi) => wsi.vhostData.gone(wsi),
  },
  client: {
    connectionError(wsi) {
      // who came in is not to take that for an answer without a byte
      wsi.vhostData.sides.get(wsi)?.other?.wsi.abort();
      wsi.vhostData.sides.delete(wsi);
    },
  },
});

function readOnward(onward: string | undefined): Readonly<Record<string, unknown>> {
  const [, family, address, port] = /^ipv([46]):(.+):([0-9]{1,5})$/.exec(onward ?? '') ?? [];
  const path = /^uds:(\/.*)$/.exec(onward ?? '')?.[1];
  if (path !== undefined) return { address: `+${path}` };
  const number = Number(port);
  if (address !== undefined && number > 0 && number < 65_536)
    return { address, port: number, family: Number(family) };
  throw new LwsError(
    interfaceErrors.LWS_ERR_PVO,
    `onward of protocol "raw-proxy" is ${JSON.stringify(onward)}, not like ipv4:host:port, ipv6:host:port or uds:/path`,
  );
}
