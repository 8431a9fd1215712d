/** A long message on its way through an extension: what it waits for, and what it keeps meanwhile. */
import type { RoleHost } from '@lws-ts/interface';
import { type ExtensionSession, encodePiece, OPCODE } from '@lws-ts/ws-framing';
import { describe, expect, test } from 'vitest';
import { EncodedOutput } from '../src/encoded-output.ts';
import type { FrameOutput } from '../src/frame-output.ts';

/** The output of a connection that keeps account of everything asked of it. */
function output() {
  const host = {
    room: true,
    kept: 0,
    keepsMore(bytes: number) {
      host.kept += bytes;
    },
    forceService: () => undefined,
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

  test('goes no further without room', () => {
    const { host, frames, encoded } = output();
    encoded.write(OPCODE.binary, true, new Uint8Array(encodePiece * 2));
    host.room = false;
    expect([encoded.step(), frames, encoded.busy]).toEqual([false, [], true]);
    host.room = true;
    encoded.step();
    expect(frames).toEqual([encodePiece]);
  });

  test('that is dropped counts no more', () => {
    const { host, encoded } = output();
    encoded.write(OPCODE.binary, true, new Uint8Array(encodePiece * 2));
    encoded.step();
    encoded.drop();
    expect([host.kept, encoded.busy, encoded.waitingBytes]).toEqual([0, false, 0]);
  });
});
