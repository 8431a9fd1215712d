/** A reader that is used again reads as a new one does, whatever it has read, and however much of it. */
import { RequestHeadReader } from '@lws-ts/http/framing';
import { describe, expect, test } from 'vitest';
import { wire } from '../wire.ts';
import { requestCases } from './request-cases.ts';

/** What sets as much of a reader's state as one head can, besides the cases. */
const everything = [
  'POST http://x:8/%61/../b?q HTTP/1.1\r\nHost: x:8\r\nConnection: close, upgrade\r\nUpgrade: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 1\r\nContent-Length: 2\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n',
  'POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
];
const before = [...everything, ...requestCases.map(([, bytes]) => bytes)].map(wire);
/** Heads that are read otherwise when something of another one is left. */
const after = [
  'GET / HTTP/1.0\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'POST /p HTTP/1.1\r\nA: b\r\nHost: a\r\nContent-Length: 3\r\n\r\n',
  'POST /p HTTP/1.1\r\nA: b\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
  'POST /p HTTP/1.1\r\nA: b\r\nB: c\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n',
  'POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n',
  'GET http://b/ HTTP/1.0\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade, close\r\nUpgrade: x\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nUpgrade: x\r\nExpect: y\r\n\r\n',
].map(wire);

/** All that a reader says: most of it of a whole head only. */
function said(reader: RequestHeadReader): unknown {
  const { table } = reader;
  const state = [reader.complete, reader.violation?.code, reader.begun, reader.method];
  if (!reader.complete) return state;
  return [
    state,
    [reader.written, table.count],
    [reader.method, reader.target, reader.minor, reader.path, reader.query, reader.authority],
    [reader.chunked, reader.contentLength, reader.keepAlive, reader.upgrade, reader.expects],
    Array.from({ length: table.count }, (_, at) => [table.name(at), table.value(at)]),
  ];
}

/** What a reader says when nothing, half and all of a head has come. */
function readings(reader: RequestHeadReader, bytes: Uint8Array): unknown {
  const half = bytes.length >> 1;
  const first = said(reader);
  const stopped = reader.push(bytes, 0, half);
  const second = said(reader);
  return [first, stopped, second, reader.push(bytes, half, bytes.length), said(reader)];
}

function used(bytes: Uint8Array, part: number): RequestHeadReader {
  const reader = new RequestHeadReader();
  reader.push(bytes, 0, Math.floor(bytes.length * part));
  return reader;
}

describe.each([0.5, 0.9, 1])('after %d of any head', (part) => {
  test('and reset', () => {
    for (const next of after) {
      const expected = readings(new RequestHeadReader(), next);
      for (const earlier of before) {
        const reader = used(earlier, part);
        reader.reset();
        expect(readings(reader, next)).toEqual(expected);
      }
    }
  });

  test.each([0.5, 1])('and %d of another in place of it', (share) => {
    for (const next of after) {
      const from = Math.floor(next.length * share);
      const other = used(next, share);
      const goesOn = (reader: RequestHeadReader): unknown => [
        said(reader),
        reader.push(next, from, next.length),
        said(reader),
      ];
      const expected = goesOn(used(next, share));
      for (const earlier of before) {
        const reader = used(earlier, part);
        reader.assume(other.copy());
        expect(goesOn(reader)).toEqual(expected);
      }
    }
  });
});
