import { ChunkedBodyReader, type HeadLimits, RequestHeadReader } from '@lws-ts/http/framing';
import { text } from '../wire.ts';

/**
 * What a stream of requests is read as: one line a head with its fields, bodies by length, and how it ends.
 * @param parks between two pieces what is read of a head is in a copy, and goes on in another reader
 */
export function requestTrace(
  pieces: readonly Uint8Array[],
  limits?: HeadLimits,
  parks = false,
): string[] {
  let reader = new RequestHeadReader(limits);
  let other = new RequestHeadReader(limits);
  const trace: string[] = [];
  let offset = 0;
  let body = 0;
  let bodyText = '';
  let chunks: ChunkedBodyReader | undefined;
  const sink = {
    data(bytes: Uint8Array, start: number, end: number): number {
      bodyText += text(bytes.subarray(start, end));
      return end;
    },
  };
  for (const piece of pieces) {
    let at = 0;
    while (at < piece.length) {
      if (body > 0) {
        const taken = Math.min(body, piece.length - at);
        bodyText += text(piece.subarray(at, at + taken));
        body -= taken;
        at += taken;
        if (body === 0) trace.push(`body ${JSON.stringify(bodyText)}`);
        continue;
      }
      if (chunks !== undefined) {
        at = chunks.push(piece, at, piece.length);
        if (chunks.violation !== undefined)
          return [...trace, `${chunks.violation.code} at ${offset + at}`];
        if (!chunks.complete) continue;
        trace.push(`body ${JSON.stringify(bodyText)}`);
        for (const [name, value] of chunks.trailers) trace.push(`trailer ${name}: ${value}`);
        chunks = undefined;
        continue;
      }
      at = reader.push(piece, at, piece.length);
      if (reader.violation !== undefined)
        return [...trace, `${reader.violation.code} at ${offset + at}`];
      if (!reader.complete) continue;
      trace.push(...describe(reader));
      body = Math.max(0, reader.contentLength);
      bodyText = '';
      if (reader.chunked) chunks = new ChunkedBodyReader(sink, 1_048_576, limits);
      reader.reset();
    }
    offset += piece.length;
    if (parks) {
      other.assume(reader.copy());
      [reader, other] = [other, reader];
    }
  }
  if (chunks !== undefined) trace.push('unfinished body');
  else if (body > 0) trace.push(`unfinished body, ${body} to come`);
  else if (reader.begun) trace.push('unfinished');
  return trace;
}

function describe(reader: RequestHeadReader): string[] {
  const { table } = reader;
  const marks = [
    reader.keepAlive ? 'keep' : 'close',
    ...(reader.upgrade ? ['upgrade'] : []),
    ...(reader.expects ? ['expect'] : []),
  ];
  const lines = [
    `${reader.method} ${reader.target} 1.${reader.minor} ${marks.join(' ')}`,
    `path ${reader.path} query ${reader.query} host ${reader.authority}`,
  ];
  for (let field = 0; field < table.count; field++)
    lines.push(`${table.name(field)}: ${table.value(field)}`);
  return lines;
}
