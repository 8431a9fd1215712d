/** What node:http makes of a stream of bytes, over a duplex in memory. */
import { createServer, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';

/** A request as a program of node:http is given it. */
export interface NodeMessage {
  readonly method: string;
  readonly target: string;
  readonly fields: readonly (readonly [string, string])[];
  /** Its end was reached; before that, body and trailers say nothing. */
  whole: boolean;
  body: string;
  trailers: readonly (readonly [string, string])[];
}

export interface NodeReading {
  readonly messages: readonly NodeMessage[];
  /** `code` of the error that its parser gave, if it gave one. */
  readonly refused: string | undefined;
}

class Pipe extends Duplex {
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }
}

function pairs(raw: readonly string[]): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  for (let at = 0; at < raw.length; at += 2)
    found.push([(raw[at] as string).toLowerCase(), raw[at + 1] as string]);
  return found;
}

/** Its reading with the settings it comes with: messages in order, until it refuses or has all bytes. */
export async function readByNode(bytes: Uint8Array): Promise<NodeReading> {
  const messages: NodeMessage[] = [];
  let refused: string | undefined;
  let ends = 0;
  const server = createServer({ keepAliveTimeout: 0 });
  const take = (request: IncomingMessage, answer: () => void): void => {
    const chunks: Uint8Array[] = [];
    const message: NodeMessage = {
      method: request.method ?? '',
      target: request.url ?? '',
      fields: pairs(request.rawHeaders),
      whole: false,
      body: '',
      trailers: [],
    };
    messages.push(message);
    request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    request.on('end', () => {
      ends++;
      message.whole = true;
      message.body = Buffer.concat(chunks).toString('latin1');
      message.trailers = pairs(request.rawTrailers);
      answer();
    });
  };
  for (const event of ['request', 'checkContinue', 'checkExpectation'])
    server.on(event, (request: IncomingMessage, response: { end(): void }) =>
      take(request, () => response.end()),
    );
  const pipe = new Pipe();
  server.on('clientError', (error: NodeJS.ErrnoException) => {
    refused ??= error.code ?? 'unknown';
  });
  server.emit('connection', pipe);
  pipe.push(bytes);
  // Bodies end a few turns after they were parsed, one pipelined request after the other.
  for (let turn = 0, still = 0, before = -1; still < 5 && turn < 500; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    const now = messages.length + ends;
    still = now === before ? still + 1 : 0;
    before = now;
  }
  pipe.destroy();
  server.close();
  return { messages, refused };
}
