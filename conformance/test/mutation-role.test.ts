/**
 * Mutated frames at an open connection of a server in memory, plain and with permessage-deflate, whose program echoes:
 * what it says back is right frame by frame, there is not more of it than was said to it, each connection ends once,
 * and nothing but the peer is to blame. LWS_FUZZ_DEPTH says how many times 600 wires are said; LWS_FUZZ_SEED names
 * the first.
 */
import { channel } from 'node:diagnostics_channel';
import { createContext, type DiagnosticsEvent } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { connectWsPeer, settle } from '@lws-ts/test-kit';
import { permessageDeflate, ws } from '@lws-ts/ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { depth } from './cases/depth.ts';
import { cutInto } from './framing/outcome.ts';
import { Random } from './framing/random.ts';
import { mutated } from './mutation/mutate.ts';
import { compressedSeeds, seedsOf } from './mutation/seeds.ts';
import { Hearing } from './peer/hearing.ts';
import { echo, type Form } from './run/echo.ts';

const firstSeed = Number(process.env['LWS_FUZZ_SEED'] ?? 1);
const wanted = Math.max(1, Math.round(150 * depth));
/** What inflates to no more than this may be echoed as it is. */
const maxMessageSize = 8192;
const offer = 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits';

const seeds = [...seedsOf('client'), ...compressedSeeds('client')];

/** Codes of what was reported and is the peer's doing. */
const blamed = /^LWS_ERR_WS_/;

interface Wire {
  readonly octets: Uint8Array;
  readonly cuts: readonly number[];
}

function wireOf(number: number): Wire {
  const random = new Random(number);
  const octets = mutated(seeds, random);
  const cuts = Array.from({ length: random.below(4) }, () => random.below(octets.length + 1));
  return { octets, cuts: cuts.sort((a, b) => a - b) };
}

describe.each(
  (['message', 'receive'] as const).flatMap((form) =>
    [false, true].map((compression) => ({ form, compression })),
  ),
)('ws.$form, compression $compression', ({ form, compression }) => {
  let made: Awaited<ReturnType<typeof makeContext>>;
  let ends = 0;
  const reported: string[] = [];
  const report = (message: unknown): void => {
    const { error } = message as DiagnosticsEvent;
    reported.push((error as { readonly code?: string } | undefined)?.code ?? 'no code');
  };

  beforeAll(async () => {
    made = await makeContext(form, compression, () => ends++);
    channel('lws:error').subscribe(report);
  });
  afterAll(async () => {
    channel('lws:error').unsubscribe(report);
    await made.close({ deadlineSecs: 0 });
  });

  test(`${wanted} wires`, { timeout: 20_000 + 100 * wanted }, async () => {
    let cut = 0;
    let deflated = 0;
    for (let number = firstSeed; number < firstSeed + wanted; number++) {
      ends = 0;
      reported.length = 0;
      const wire = wireOf(number);
      const wrong = await says(wire);
      const faults = reported.filter((code) => !blamed.test(code));
      expect({ number, wrong, ends, faults }).toEqual({ number, wrong: [], ends: 1, faults: [] });
      if (reported.length > 0) cut++;
      if (reported.includes('LWS_ERR_WS_DEFLATE_DATA')) deflated++;
    }
    // a few wires, said again by their seed, say nothing of the mixture
    if (wanted < 100) return;
    expect(cut / wanted).toBeGreaterThan(0.3);
    expect(deflated > 0).toBe(compression);
  });

  /** Says the wire on a connection of its own, and FIN; gives what was wrong with the answer. */
  async function says({ octets, cuts }: Wire): Promise<string[]> {
    const [vhost] = made.vhosts;
    if (vhost === undefined) throw new Error('no vhost');
    const client = await connectWsPeer(vhost, compression ? { fields: [offer] } : {});
    const wrong: string[] = [];
    client.frames();
    for (const piece of cutInto(octets, cuts)) await client.peer.send(piece);
    await client.peer.end();
    for (let turn = 0; turn < 200 && !client.peer.isClosed; turn++) await settle();
    const heard = client.peer.take();
    let answered = 0;
    const hearing = new Hearing({
      masked: false,
      compression,
      take: ({ kind, payload }) => {
        if (kind !== 'close') answered += payload.length;
        if (kind === 'wrong') wrong.push(Buffer.from(payload).toString());
      },
    });
    hearing.push(heard);
    if (!compression && answered > octets.length) wrong.push(`${answered} octets of answer`);
    if (!client.peer.isClosed) wrong.push('left open');
    return wrong;
  }
});

function makeContext(form: Form, compression: boolean, ended: () => void) {
  return createContext({
    use: [http(), ws()],
    vhosts: [
      {
        port: -1,
        protocols: [echo(form, ended).with({ default: true })],
        extensions: compression ? [permessageDeflate()] : [],
        maxMessageSize,
      },
    ],
  });
}
