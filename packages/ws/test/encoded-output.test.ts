/** A long message on its way through an extension: what it waits for, and what it keeps meanwhile. */
import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import type { RoleHost } from '@lws-ts/interface';
import { type DecodedSink, type ExtensionSession, encodePiece, OPCODE } from '@lws-ts/ws-framing';
import { describe, expect, test } from 'vitest';
import { EncodedOutput } from '../src/encoded-output.ts';
import { FrameOutput } from '../src/frame-output.ts';
import { permessageDeflate } from '../src/index.ts';

/** The output of a connection that keeps account of everything asked of it. */
function output() {
  const host = {
    room: true,
    kept: 0,
    keepsMore(bytes: number) {
      host.kept += bytes;
    },
    forceService: () => undefined,
    reserve: () => new Uint8Array(0),
    /** The kernel takes what was collected. */
    takes: false,
    flush() {
      host.room = host.takes;
      return host.takes;
    },
  };
  const frames: number[] = [];
  const session = {
    txChunk: 2 ** 20,
    shareKey: undefined,
    encode: (piece: Uint8Array) => piece,
  } as unknown as ExtensionSession;
  const frameOutput = {
    bytes: (_opcode: number, _final: boolean, { length }: Uint8Array) => void frames.push(length),
  } as unknown as FrameOutput;
  const encoded = new EncodedOutput(host as unknown as RoleHost, frameOutput, session, 2 ** 20);
  return { host, frames, encoded };
}

describe('a long message', () => {
  test('goes a piece at a time, and what waits of it is counted', () => {
    const { host, frames, encoded } = output();
    encoded.write(OPCODE.binary, true, new Uint8Array(encodePiece * 2 + 5));
    expect([frames, host.kept]).toEqual([[], encodePiece * 2 + 5]);
    expect([encoded.step(), host.kept]).toEqual([true, encodePiece + 5]);
    expect([encoded.step(), host.kept]).toEqual([true, 5]);
    expect([encoded.step(), host.kept]).toEqual([false, 0]);
    expect([frames, encoded.busy]).toEqual([[encodePiece, encodePiece, 5], false]);
  });

  test('goes no further while the transport keeps what was written', () => {
    const { host, frames, encoded } = output();
    encoded.write(OPCODE.binary, true, new Uint8Array(encodePiece * 2));
    host.room = false;
    expect([encoded.step(), frames, encoded.busy]).toEqual([false, [], true]);
    host.room = true;
    encoded.step();
    expect(frames).toEqual([encodePiece]);
  });

  test('goes on where what was collected filled the turn and leaves at once', () => {
    const { host, frames, encoded } = output();
    encoded.write(OPCODE.binary, true, new Uint8Array(encodePiece * 2));
    Object.assign(host, { room: false, takes: true });
    expect([encoded.step(), frames]).toEqual([true, [encodePiece]]);
  });

  test('that is dropped counts no more', () => {
    const { host, encoded } = output();
    encoded.write(OPCODE.binary, true, new Uint8Array(encodePiece * 2));
    encoded.step();
    encoded.drop();
    expect([host.kept, encoded.busy, encoded.waitingBytes]).toEqual([0, false, 0]);
  });
});

describe('memory that all connections share', () => {
  const maxPiece = 80 * 1024;

  /** A connection that collects as core does: what would be more than a piece is written first. */
  class Collecting {
    readonly memory = new Uint8Array(2 * maxPiece);
    reservedAt = 0;
    readonly encoded: EncodedOutput;
    readonly #written: () => void;

    /** @param written another connection has its turn */
    constructor(written: () => void) {
      this.#written = written;
      const deflate = permessageDeflate({ threshold: 0 });
      const agreed = deflate.accept({ name: deflate.name, params: [] });
      const host = this as unknown as RoleHost;
      const output = new FrameOutput(host, false, 2 ** 20);
      const session = agreed?.open({} as DecodedSink) as ExtensionSession;
      this.encoded = new EncodedOutput(host, output, session, 2 ** 20);
    }
    reserve(bytes: number): Uint8Array {
      if (this.reservedAt + bytes > maxPiece && this.reservedAt > 0) {
        this.reservedAt = 0;
        this.#written();
      }
      return this.memory;
    }
    commit(bytes: number): void {
      this.reservedAt += bytes;
    }
    /** The last message that was collected, of a frame with two bytes of length. */
    message(from: number): string {
      const wire = this.memory.subarray(from, this.reservedAt);
      if (wire[0] !== 0xc1 || wire[1] !== 126) throw new Error('another frame');
      const tail = Uint8Array.of(0, 0, 0xff, 0xff, 3, 0);
      return inflateRawSync(Buffer.concat([wire.subarray(4), tail])).toString();
    }
  }

  /** It shrinks by a quarter. */
  const text = (seed: number, length: number): string =>
    createHash('shake256', { outputLength: length })
      .update(String(seed))
      .digest('base64')
      .slice(0, length);

  // each of the messages is once the one that finds no room
  test.each([0, 40_000, ...Array.from({ length: 30 }, (_, at) => maxPiece - 6000 + at * 200)])(
    'has what belongs there when others come in between, behind %i bytes of output',
    (before) => {
      let came = 0;
      const other = new Collecting(() => undefined);
      const connection = new Collecting(() => {
        came++;
        other.encoded.write(OPCODE.text, true, text(7, 4000));
        other.encoded.write(OPCODE.binary, true, Buffer.from(text(11, 4000)));
      });
      connection.commit(before);
      for (let message = 1; message <= 4; message++) {
        const from = connection.reservedAt;
        const said = text(message, 2000 + message);
        connection.encoded.write(OPCODE.text, true, said);
        const restarted = connection.reservedAt < from;
        expect(connection.message(restarted ? 0 : from)).toBe(said);
      }
      expect(came).toBe(before > maxPiece / 2 ? 1 : 0);
    },
  );

  test.each([0, 1, 5461, 5462, 16_384])('a text of %i times three bytes', (length) => {
    const sent: Uint8Array[] = [];
    const encoded = new EncodedOutput(
      { reserve: () => undefined } as unknown as RoleHost,
      {
        bytes: (_opcode: number, _final: boolean, bytes: Uint8Array) => sent.push(bytes.slice()),
      } as unknown as FrameOutput,
      { txChunk: 2 ** 20, encode: (piece: Uint8Array) => piece } as unknown as ExtensionSession,
      2 ** 20,
    );
    encoded.write(OPCODE.text, true, '\u20ac'.repeat(length));
    expect(Buffer.concat(sent).toString()).toBe('\u20ac'.repeat(length));
  });
});
