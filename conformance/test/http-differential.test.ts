/**
 * Whatever we accept node:http accepts, with equal method, target, fields, body, trailers and count of messages:
 * requests made and harmed at random, said whole to node:http and in random pieces to us, and whole again, which
 * has to make no difference. LWS_FUZZ_DEPTH times 2,000 of them; LWS_FUZZ_SEED makes one run again.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exceptions, laxer } from './http/laxer.ts';
import { wires } from './http/mutate.ts';
import { readByNode } from './http/node-side.ts';
import { Served } from './http/served.ts';

const runs = Math.max(1, Math.round(2000 * Number(process.env['LWS_FUZZ_DEPTH'] ?? 1)));
const givenSeed = process.env['LWS_FUZZ_SEED'];
const seed = givenSeed === undefined ? (Date.now() ^ (process.pid << 8)) | 0 : Number(givenSeed);

const server = new Served();
beforeAll(() => server.open());
afterAll(() => server.close());

const wire = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((at) => at % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, at) => bytes.subarray(from, places[at] ?? bytes.length));
}

/** What is wrong with how these bytes are read, if anything is. */
async function judge(bytes: string, cuts: readonly number[]): Promise<string | undefined> {
  const whole = await server.say([wire(bytes)]);
  const pieces = await server.say(cut(wire(bytes), cuts));
  if (JSON.stringify(pieces) !== JSON.stringify(whole))
    return `whole ${JSON.stringify(whole)}, in pieces ${JSON.stringify(pieces)}`;
  count(whole.seen.length > 0 ? 'accepted' : 'nothing');
  for (const code of whole.codes) count(code);
  const found = laxer(whole, await readByNode(wire(bytes)));
  return found !== undefined && exceptions.some((each) => each.holds(bytes)) ? undefined : found;
}

const counts = new Map<string, number>();
const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);

/** What a run found: in this code, or in code that was harmed on purpose to see whether it would. */
const regressions: readonly (readonly [name: string, bytes: string, cuts: readonly number[]])[] = [
  [
    'a space between the digits of a length',
    'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length:1 0\r\n\r\naaaaaaaaaaPATCH / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    [],
  ],
  [
    'a chunk without CR LF behind its data',
    'HEAD /? HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n7\r\naaaaaaa\r\n7;a="b c"\r\naaaaaa\r\n0\r\n\r\n',
    [],
  ],
];

test.each(regressions)('regression: %s', async (_name, bytes, cuts) => {
  expect(await judge(bytes, cuts)).toBeUndefined();
});

test('whatever we accept node:http accepts, read the same', {
  timeout: 60_000 + runs * 20,
}, async () => {
  await fc.assert(
    fc.asyncProperty(wires, async ({ bytes, cuts }) => {
      const found = await judge(bytes, cuts);
      if (found !== undefined)
        throw new Error(`LWS_FUZZ_SEED=${seed}: ${found}\n${JSON.stringify({ bytes, cuts })}`);
    }),
    { numRuns: runs, seed },
  );
  if (runs < 2000) return;
  const told = `LWS_FUZZ_SEED=${seed} ${JSON.stringify([...counts])}`;
  expect(counts.get('accepted'), told).toBeGreaterThan(runs / 10);
  expect(counts.get('nothing'), told).toBeGreaterThan(runs / 10);
  for (const code of ['LWS_ERR_HTTP_METHOD', 'LWS_ERR_HTTP_CHUNK_SIZE', 'LWS_ERR_HTTP_FIELD_NAME'])
    expect(counts.get(code), told).toBeGreaterThan(0);
});
