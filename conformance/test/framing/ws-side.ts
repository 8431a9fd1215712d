/** The oracle: Receiver and Sender of the package `ws`, which its types do not name. */
import { createRequire } from 'node:module';
import type { WireFrame } from './our-side.ts';
import { eventLine, newOutcome, type Outcome } from './outcome.ts';

interface ReceiverLike {
  on(event: 'message', take: (data: Buffer, isBinary: boolean) => void): void;
  on(event: 'ping' | 'pong', take: (data: Buffer) => void): void;
  on(event: 'conclude', take: (code: number, reason: Buffer) => void): void;
  _write(chunk: Buffer, encoding: string, done: (error?: WsError | null) => void): void;
}

interface WsError extends Error {
  readonly code: string;
}

interface WsInternals {
  readonly Receiver: new (options: { isServer: boolean; maxPayload: number }) => ReceiverLike;
  readonly Sender: {
    frame(data: Buffer, options: Record<string, unknown>): Buffer[];
  };
}

const require = createRequire(import.meta.url);
const { Receiver, Sender } = require('ws') as WsInternals;

/** Where the error keeps its close code: under a symbol of the package. */
function closeCodeOf(error: WsError): number {
  const symbol = Object.getOwnPropertySymbols(error).find(
    (key) => key.description === 'status-code',
  );
  return symbol === undefined ? 0 : Number(Reflect.get(error, symbol));
}

/** The frame as ws writes it. */
export function wsFrame({ opcode, fin, payload, mask }: WireFrame): Uint8Array {
  return Buffer.concat(
    Sender.frame(Buffer.from(payload), {
      opcode,
      fin,
      rsv1: false,
      readOnly: false,
      mask: mask !== undefined,
      generateMask: (key: Uint8Array) => key.set(mask ?? []),
    }),
  );
}

/** Reads `pieces`, which become ws's own. */
export function wsOutcome(side: 'server' | 'client', pieces: readonly Uint8Array[]): Outcome {
  const outcome = newOutcome();
  let ended = false;
  const receiver = new Receiver({ isServer: side === 'server', maxPayload: 0 });
  receiver.on('message', (data, isBinary) => {
    outcome.events.push(eventLine(isBinary ? 'binary' : 'text', data));
  });
  for (const kind of ['ping', 'pong'] as const)
    receiver.on(kind, (data) => {
      outcome.events.push(eventLine(kind, data));
    });
  receiver.on('conclude', (code, reason) => {
    outcome.events.push(`close ${code} ${reason.toString()}`);
    ended = true;
  });
  for (const piece of pieces) {
    if (ended) break;
    receiver._write(
      Buffer.from(piece.buffer, piece.byteOffset, piece.length),
      'buffer',
      (error) => {
        if (!error) return;
        outcome.broken = { code: error.code, closeCode: closeCodeOf(error) };
        ended = true;
      },
    );
  }
  return outcome;
}
