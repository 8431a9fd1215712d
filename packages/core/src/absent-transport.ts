import type { PeerAddress, Transport } from '@lws-ts/interface';

const nowhere: PeerAddress = Object.freeze({ address: '', port: 0, family: 'none' });

/** The transport of a client that has none yet, or none any more. */
export const absentTransport: Transport = Object.freeze({
  kind: 'tcp',
  peer: nowhere,
  local: nowhere,
  security: undefined,
  bufferedBytes: 0,
  givesMemory: false,
  attach: () => undefined,
  write: () => true,
  read: () => undefined,
  end: () => undefined,
  abort: () => undefined,
  probe: () => true,
  release: () => undefined,
});
