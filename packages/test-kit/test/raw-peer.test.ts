import type { Transport, TransportSink } from '@lws-ts/interface';
import { connectRawPeer, memoryTransportPair, RawPeer, settle } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';

/** Says back what it hears. */
function echo(transport: Transport): TransportSink {
  return {
    rx: (bytes) => void transport.write(Uint8Array.from(bytes)),
    peerEnded: () => transport.end(),
    drained() {},
    closed() {},
  };
}

describe('RawPeer', () => {
  async function connected(options = {}) {
    return connectRawPeer(
      {
        adopt(transport) {
          transport.attach(echo(transport));
          transport.read(true);
        },
      },
      options,
    );
  }

  test('says bytes as they are and keeps what it hears', async () => {
    const { peer, server } = await connected();
    await peer.send('\u0000\u00ff\r\n');
    await peer.send(Uint8Array.of(1, 2));
    expect(peer.text).toBe('\u0000\u00ff\r\n\u0001\u0002');
    expect(peer.bytes).toEqual(Uint8Array.of(0, 255, 13, 10, 1, 2));
    expect(peer.take()).toHaveLength(6);
    expect([peer.text, server.writes, server.written]).toEqual(['', 2, 6]);
  });

  test('sends FIN and hears the answer', async () => {
    const { peer } = await connected();
    await peer.end();
    expect([peer.ended, peer.isClosed, peer.error]).toEqual([true, true, undefined]);
  });

  test('resets, and hears that it was reset', async () => {
    const { peer, server } = await connected();
    server.abort();
    await settle();
    expect([peer.isClosed, peer.error?.code]).toEqual([true, 'LWS_ERR_TRANSPORT_RESET']);
    const other = await connected();
    await other.peer.reset();
    expect([other.peer.isClosed, other.peer.error, other.server.probe()]).toEqual([
      true,
      undefined,
      false,
    ]);
  });

  test('may listen later, or to one chunk', async () => {
    const { peer, server } = await connected({ listening: false, capacity: 4 });
    await peer.send('abcd');
    await peer.send('efgh');
    expect([peer.text, server.bufferedBytes]).toEqual(['', 4]);
    peer.readOnce();
    await settle();
    expect([peer.text, server.bufferedBytes]).toEqual(['abcd', 0]);
    await peer.read(true);
    expect(peer.text).toBe('abcdefgh');
  });

  test('addresses are those that were asked for', () => {
    const [server, client] = memoryTransportPair({
      clientAddress: '198.51.100.7',
      serverPort: 7681,
    });
    expect([server.peer.address, server.peer, client.peer.port]).toEqual([
      '198.51.100.7',
      client.local,
      7681,
    ]);
    expect(new RawPeer(client).bytes).toHaveLength(0);
  });
});
