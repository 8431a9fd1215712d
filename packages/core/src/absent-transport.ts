import type { PeerAddress, Transport, TransportSink } from '@lws-ts/interface';

const nowhere: PeerAddress = Object.freeze({ address: '', port: 0, family: 'none' });

/** Nothing: takes and gives no bytes. What it says of its ends is that of a transport that was there before. */
class AbsentTransport implements Transport {
  readonly kind: Transport['kind'];
  readonly peer: PeerAddress;
  readonly local: PeerAddress;
  readonly security: Transport['security'];
  readonly bufferedBytes = 0;
  readonly givesMemory = false;

  constructor(of: Pick<Transport, 'kind' | 'peer' | 'local' | 'security'>) {
    this.kind = of.kind;
    this.peer = of.peer;
    this.local = of.local;
    this.security = of.security;
  }

  attach(): void {}

  write(): boolean {
    return true;
  }

  read(): void {}

  end(): void {}

  abort(): void {}

  probe(): boolean {
    return true;
  }

  release(): undefined {
    return undefined;
  }
}

/** The transport of a client that has none yet, or none any more. */
export const absentTransport: Transport = new AbsentTransport({
  kind: 'tcp',
  peer: nowhere,
  local: nowhere,
  security: undefined,
});

/** In place of one that goes on elsewhere. */
export function absentInPlaceOf(transport: Transport): Transport {
  return new AbsentTransport(transport);
}

/** Hears what a transport still has to say that concerns nobody any more. */
export const deafSink: TransportSink = Object.freeze({
  rx: () => undefined,
  peerEnded: () => undefined,
  drained: () => undefined,
  closed: () => undefined,
});
