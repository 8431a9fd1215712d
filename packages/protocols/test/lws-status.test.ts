import { lwsStatus } from '@lws-ts/protocols/lws-status';
import { addSpuriousWriteables, connectWsPeer, type WsRawPeer } from '@lws-ts/test-kit';
import { expect, test } from 'vitest';
import { open } from './open.ts';

const protocol = 'lws-status';

function last(peer: WsRawPeer): {
  version: string;
  hostname: string;
  wsi: string;
  conns: { peer: string; time: number; ua: string }[];
} {
  return JSON.parse(peer.texts().at(-1) ?? 'null') as ReturnType<typeof last>;
}

test('tells every viewer who is there, whenever one comes or goes', async () => {
  const { vhost } = await open(lwsStatus);
  const a = await connectWsPeer(
    vhost,
    { protocol, fields: ['User-Agent: one'] },
    { clientAddress: '192.0.2.7' },
  );
  const first = last(a);
  expect(first.wsi).toBe('1');
  expect(first.hostname).not.toBe('');
  expect(first.version).toMatch(/^\d+\.\d+\.\d+/);
  expect(first.conns).toEqual([
    { peer: '192.0.2.7', time: expect.any(Number) as number, ua: 'one' },
  ]);
  const b = await connectWsPeer(vhost, { protocol });
  expect(last(a).conns.map(({ ua }) => ua)).toEqual(['one', 'unknown']);
  expect(last(b).wsi).toBe('2');
  await a.peer.reset();
  expect(last(b).wsi).toBe('1');
});

test('ignores what viewers say and spurious writeables', async () => {
  const { vhost } = await open(lwsStatus);
  const a = await connectWsPeer(vhost, { protocol });
  expect(a.texts().length).toBe(1);
  await a.text('{"pmd":"test"}');
  await addSpuriousWriteables(vhost.protocols);
  expect(a.frames()).toEqual([]);
});
