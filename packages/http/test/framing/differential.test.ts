/** What this parser accepts, Node's accepts too, with the same method, target, fields, body and number of messages. */
import { createServer, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { ChunkedBodyReader, RequestHeadReader } from '@lws-ts/http/framing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { text, wire } from '../wire.ts';
import { chunkedCases } from './chunked-cases.ts';
import { requestCases } from './request-cases.ts';

interface Message {
  method: string;
  target: string;
  fields: string[];
  body: string;
}

interface Reading {
  messages: Message[];
  refused: boolean;
  /** What follows is not judged: unfinished, or behind a request that ends the connection. */
  ended: boolean;
}

function ours(bytes: Uint8Array): Reading {
  const reader = new RequestHeadReader();
  const messages: Message[] = [];
  let at = 0;
  while (at < bytes.length) {
    at = reader.push(bytes, at, bytes.length);
    if (reader.violation !== undefined) return { messages, refused: true, ended: false };
    if (!reader.complete) break;
    const { table } = reader;
    const length = Math.max(0, reader.contentLength);
    if (at + length > bytes.length) return { messages, refused: false, ended: true };
    const fields: string[] = [];
    for (let field = 0; field < table.count; field++)
      fields.push(`${table.name(field)}: ${table.value(field)}`);
    let body = text(bytes.subarray(at, at + length));
    if (reader.chunked) {
      const sink = {
        data(from: Uint8Array, start: number, end: number): number {
          body += text(from.subarray(start, end));
          return end;
        },
      };
      const chunks = new ChunkedBodyReader(sink, 1_048_576);
      at = chunks.push(bytes, at, bytes.length);
      if (chunks.violation !== undefined) return { messages, refused: true, ended: false };
      if (!chunks.complete) return { messages, refused: false, ended: true };
    }
    messages.push({ method: reader.method, target: reader.target, fields, body });
    at += length;
    if (!reader.keepAlive || reader.upgrade) return { messages, refused: false, ended: true };
    reader.reset();
  }
  // An unfinished head is not accepted yet; Node may know already that it never will be.
  return { messages, refused: false, ended: reader.begun };
}

/** A connection that exists in memory only. */
class Pipe extends Duplex {
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }
}

/** Node's reading: whole messages, in order, until it refuses or has all bytes. */
async function nodes(bytes: Uint8Array): Promise<Reading> {
  const reading: Reading = { messages: [], refused: false, ended: false };
  const server = createServer({ keepAliveTimeout: 0, requireHostHeader: true });
  const take = (request: IncomingMessage, done: () => void): void => {
    const fields: string[] = [];
    for (let at = 0; at < request.rawHeaders.length; at += 2)
      fields.push(`${request.rawHeaders[at]?.toLowerCase()}: ${request.rawHeaders[at + 1]}`);
    const chunks: Uint8Array[] = [];
    request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    request.on('end', () => {
      const body = text(Buffer.concat(chunks));
      reading.messages.push({
        method: request.method ?? '',
        target: request.url ?? '',
        fields,
        body,
      });
      done();
    });
  };
  server.on('request', (request, response) => take(request, () => response.end()));
  server.on('checkContinue', (request, response) => take(request, () => response.end()));
  server.on('checkExpectation', (request, response) => take(request, () => response.end()));
  server.on('upgrade', (request) => take(request, () => {}));
  const pipe = new Pipe();
  server.on('clientError', () => {
    reading.refused = true;
  });
  server.emit('connection', pipe);
  pipe.push(bytes);
  // Bodies end a few turns after they were parsed, also those before a refusal.
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  pipe.destroy();
  server.close();
  return reading;
}

/** How the two readings disagree, if they do. */
function disagreement(mine: Reading, other: Reading): string | undefined {
  for (const [at, message] of mine.messages.entries())
    if (JSON.stringify(message) !== JSON.stringify(other.messages[at]))
      return `message ${at}: ${JSON.stringify(message)} / ${JSON.stringify(other.messages[at])}`;
  if (mine.refused || mine.ended) return undefined;
  if (other.refused) return 'accepted, and refused by Node';
  if (mine.messages.length !== other.messages.length)
    return `${mine.messages.length} messages / ${other.messages.length}`;
  return undefined;
}

const chunked = (body: string): string =>
  `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${body}`;

test('every chunked body', async () => {
  const found: string[] = [];
  for (const [id, bytes] of chunkedCases) {
    const whole = wire(`${chunked(bytes)}GET /next HTTP/1.1\r\nHost: a\r\n\r\n`);
    if (disagreement(ours(whole), await nodes(whole)) !== undefined) found.push(id);
  }
  expect(found).toEqual([]);
});

test('every raw case', async () => {
  const found: string[] = [];
  for (const [id, bytes] of requestCases) {
    const difference = disagreement(ours(wire(bytes)), await nodes(wire(bytes)));
    if (difference !== undefined) found.push(id);
  }
  expect(found).toEqual([]);
});

test('mutations of the raw cases', async () => {
  const seeds = [
    ...requestCases.map(([, bytes]) => bytes),
    ...chunkedCases.map(([, bytes]) => chunked(bytes)),
  ].filter((bytes) => bytes.length < 400);
  const telling = '\r\n \t:,/;=?#%\u0000\u007f\u00ffaZ019HT-+_"';
  const edit = fc.record({
    kind: fc.constantFrom('delete', 'insert', 'replace', 'repeat'),
    at: fc.nat(),
    byte: fc.nat({ max: telling.length - 1 }),
  });
  const seen = { accepted: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...seeds), { minLength: 1, maxLength: 3 }),
      fc.array(edit, { maxLength: 3 }),
      async (parts, edits) => {
        let bytes = parts.join('');
        for (const { kind, at, byte } of edits) {
          const place = at % (bytes.length + 1);
          const added = kind === 'repeat' ? bytes.slice(place, place + 4) : (telling[byte] ?? '');
          const skipped = kind === 'delete' || kind === 'replace' ? 1 : 0;
          const inserted = kind === 'delete' ? '' : added;
          bytes = bytes.slice(0, place) + inserted + bytes.slice(place + skipped);
        }
        const mine = ours(wire(bytes));
        seen[mine.refused ? 'refused' : 'accepted']++;
        expect(disagreement(mine, await nodes(wire(bytes)))).toBeUndefined();
      },
    ),
    { numRuns: 1500 * Number(process.env['LWS_FUZZ_DEPTH'] ?? 1) },
  );
  expect(seen.accepted).toBeGreaterThan(30);
  expect(seen.refused).toBeGreaterThan(300);
});
