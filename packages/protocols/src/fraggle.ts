/**
 * Random fragmentation: a round is one binary message of 1 to 1024 fragments of 1 to 512 random bytes each, then
 * one of 4 bytes, the sum of all of them, most significant first. The server sends rounds for ever; the client
 * sums what it gets and compares. With `both` on both sides they take turns, round by round. lws: test-fraggle
 */
import { lwslErr, lwslNotice } from '@lws-ts/core';
import {
  interfaceErrors,
  LwsError,
  type Protocol,
  type ProtocolVhost,
  protocol,
  type WsTx,
  type WsWsi,
} from '@lws-ts/interface';

const mostFragments = 1024;
const mostBytes = 512;
/** With `both`: how long a client may say nothing in its turn. */
const silenceMs = 10_000;

/** A round, as the side saw it that tells of it. */
export interface FraggleRound {
  readonly bytes: number;
  /** Sent: the fragments. Received: the chunks they came in. */
  readonly fragments: number;
  readonly sum: number;
  /** The sum that the sender named. */
  readonly told: number;
  /** Both sums are the same. */
  readonly ok: boolean;
}

/** The side of a connection that tells of it. */
export type FraggleSide = 'server' | 'client';

/** What is told of each connection; in each call `id` is that of its wsi. */
export interface FraggleWatcher {
  established?(side: FraggleSide, id: number): void;
  /** A round begins. */
  sending?(side: FraggleSide, id: number, fragments: number): void;
  sent?(side: FraggleSide, id: number, round: FraggleRound): void;
  received?(side: FraggleSide, id: number, round: FraggleRound): void;
  /** With `both`: the client said nothing for 10 s in its turn; the server closes the connection with 1008. */
  silent?(id: number): void;
  closed?(side: FraggleSide, id: number, code: number, reason: string): void;
  connectionError?(error: LwsError): void;
}

/** The options of the protocol. */
export type FragglePvo = {
  readonly seed: 'integer';
  readonly rounds: 'integer';
  readonly both: 'boolean';
};

/** The lines of the original for what happened, and `silent`, which it has not. */
export const fraggleLines = {
  established: (side: FraggleSide): string =>
    side === 'server' ? 'server sees client connect' : 'client connects to server',
  sending: (fragments: number): string => `Spamming ${fragments} random fragments`,
  sent: ({ bytes, sum }: FraggleRound): string =>
    `Spamming session over, len = ${bytes}. sum = ${hex(sum)}`,
  received: (side: FraggleSide, { ok, bytes, fragments, sum, told }: FraggleRound): string =>
    ok
      ? `EOM received ${bytes} correctly from ${fragments} fragments`
      : `**** ERROR at EOM: length ${bytes}, rx sum = ${hex(sum)}, ` +
        `${side === 'client' ? 'server' : 'client'} says it sent ${hex(told)}`,
  silent: 'the client sends no rounds, which this server awaits (both)',
} as const;

interface Session {
  sender: Sender | undefined;
  /** With `both`: whose turn it is. Two that only wrote would wait for each other. */
  mine: boolean;
  /** Something came since the timer was set. */
  heard: boolean;
  readonly receiver: Receiver;
}
interface VhostData {
  readonly seed: number | undefined;
  readonly rounds: number;
  readonly both: boolean;
}
type FraggleWsi = WsWsi<Session, VhostData>;

/**
 * The protocol with somebody who is told of each round.
 *
 * Options: `seed`, the same seed sends the same rounds on each connection (default: by chance); `rounds`, after so
 * many, sent or received, the connection is closed with 1000 (default: never); `both`, for both sides: the client
 * answers each round with one of its own, and the server awaits it before the next, and closes the connection with
 * 1008 when nothing comes for 10 s (default: false).
 */
export function watchedFraggle(watcher: FraggleWatcher): Protocol<FragglePvo> {
  /** Whether all was sent and received that the connection is for. */
  function isDone(side: FraggleSide, { session, vhostData }: FraggleWsi): boolean {
    const { sender, receiver } = session;
    const awaits = side === 'client' || vhostData.both;
    return (sender?.done ?? true) && (!awaits || receiver.rounds >= vhostData.rounds);
  }

  function writeable(side: FraggleSide, wsi: FraggleWsi, tx: WsTx): void {
    const { session, vhostData } = wsi;
    const { sender } = session;
    if (sender === undefined || sender.done) return;
    let room = true;
    while (room && session.mine && !sender.done) {
      if (sender.atStart) {
        const fragments = sender.begin();
        watcher.sending?.(side, wsi.id, fragments);
      }
      const round = sender.atSum ? sender.round : undefined;
      room = sender.send(tx);
      if (round === undefined) continue;
      watcher.sent?.(side, wsi.id, round);
      session.mine = !vhostData.both;
      if (side === 'server' && vhostData.both) awaitClient(wsi);
    }
    if (isDone(side, wsi)) wsi.close(1000);
    else if (session.mine && !sender.done) wsi.requestWriteable();
  }

  function receive(side: FraggleSide, wsi: FraggleWsi, chunk: Uint8Array): void {
    wsi.session.heard = true;
    const round = wsi.session.receiver.take(chunk, wsi.isFinalFragment);
    if (round === undefined) return;
    watcher.received?.(side, wsi.id, round);
    wsi.session.mine = true;
    if (isDone(side, wsi)) wsi.close(1000);
    else wsi.requestWriteable();
  }

  /** From the end of its round on a server waits for that of the client, for as long as something comes. */
  function awaitClient(wsi: FraggleWsi): void {
    wsi.session.heard = false;
    wsi.setTimerMs(silenceMs);
  }

  function timer(wsi: FraggleWsi): void {
    const { mine, heard } = wsi.session;
    if (mine) return;
    if (heard) awaitClient(wsi);
    else {
      watcher.silent?.(wsi.id);
      wsi.close(1008, fraggleLines.silent);
    }
  }

  function established(side: FraggleSide, wsi: FraggleWsi): void {
    watcher.established?.(side, wsi.id);
    const { seed, rounds, both } = wsi.vhostData;
    if (side === 'client' && !both) return;
    wsi.session.sender = new Sender(new RandomBytes(seed ?? Math.random() * 2 ** 32), rounds);
    wsi.session.mine = side === 'server';
    wsi.requestWriteable();
  }

  const handlers = (side: FraggleSide) => ({
    established: (wsi: FraggleWsi) => established(side, wsi),
    writeable: (wsi: FraggleWsi, tx: WsTx) => writeable(side, wsi, tx),
    receive: (wsi: FraggleWsi, chunk: Uint8Array) => receive(side, wsi, chunk),
    closed: (wsi: FraggleWsi, code: number, reason: string) =>
      watcher.closed?.(side, wsi.id, code, reason),
  });

  return protocol({
    name: 'fraggle-protocol',
    pvo: { seed: 'integer', rounds: 'integer', both: 'boolean' },
    session: (): Session => ({
      sender: undefined,
      mine: false,
      heard: false,
      receiver: new Receiver(),
    }),
    vhostData: ({ pvo }: ProtocolVhost<FragglePvo>): VhostData => ({
      seed: pvo.seed,
      rounds: roundsOf(pvo.rounds),
      both: pvo.both ?? false,
    }),
    ws: { ...handlers('server'), timer },
    client: {
      ...handlers('client'),
      connectionError: (_wsi, error) => watcher.connectionError?.(error),
    },
  });
}

/** The protocol; it logs the lines of the original. */
export const fraggle: Protocol<FragglePvo> = watchedFraggle({
  established: (side) => lwslNotice(fraggleLines.established(side)),
  sending: (_side, _id, fragments) => lwslNotice(fraggleLines.sending(fragments)),
  sent: (_side, _id, round) => lwslNotice(fraggleLines.sent(round)),
  received: (side, _id, round) =>
    (round.ok ? lwslNotice : lwslErr)(fraggleLines.received(side, round)),
  silent: () => lwslErr(fraggleLines.silent),
  connectionError: (error) => lwslErr(`${error.code}: ${error.message}`),
});

/** @throws `LWS_ERR_PVO`: with no rounds at all a connection would neither send nor end */
function roundsOf(rounds = Number.POSITIVE_INFINITY): number {
  if (rounds > 0) return rounds;
  throw new LwsError(
    interfaceErrors.LWS_ERR_PVO,
    `rounds of protocol "fraggle-protocol" is ${rounds}, not 1 or more`,
  );
}

/** Sends rounds, one fragment or one sum a call. */
class Sender {
  readonly #random: RandomBytes;
  readonly #rounds: number;
  readonly #bytes = new Uint8Array(mostBytes);
  #sent = 0;
  #fragments = 0;
  /** Fragments still to come; 0: then its sum is due. */
  #left = 0;
  #length = 0;
  #sum = 0;

  constructor(random: RandomBytes, rounds: number) {
    this.#random = random;
    this.#rounds = rounds;
  }

  /** All rounds were sent. */
  get done(): boolean {
    return this.#sent >= this.#rounds;
  }

  /** A round is to begin. */
  get atStart(): boolean {
    return this.#fragments === 0;
  }

  /** The sum of a round is due. */
  get atSum(): boolean {
    return this.#fragments > 0 && this.#left === 0;
  }

  /** The round whose sum is due. */
  get round(): FraggleRound {
    const sum = this.#sum;
    return { bytes: this.#length, fragments: this.#fragments, sum, told: sum, ok: true };
  }

  /** Draws the number of fragments of the next round. */
  begin(): number {
    this.#fragments = (this.#random.next() & (mostFragments - 1)) + 1;
    this.#left = this.#fragments;
    this.#length = 0;
    this.#sum = 0;
    return this.#fragments;
  }

  /** Sends what is due; false when `tx` says stop. */
  send(tx: WsTx): boolean {
    return this.#left > 0 ? this.#sendFragment(tx) : this.#sendSum(tx);
  }

  #sendFragment(tx: WsTx): boolean {
    const first = this.#left === this.#fragments;
    const length = (this.#random.next() & (mostBytes - 1)) + 1;
    const bytes = this.#random.fill(this.#bytes.subarray(0, length));
    this.#length += length;
    this.#sum += sumOf(bytes);
    this.#left--;
    return tx.fragment(bytes, { first, final: this.#left === 0, binary: true });
  }

  #sendSum(tx: WsTx): boolean {
    const sum = this.#sum;
    this.#sent++;
    this.#fragments = 0;
    return tx.binary(Uint8Array.of(sum >>> 24, sum >>> 16, sum >>> 8, sum));
  }
}

/** Sums a round as it comes, and compares. */
class Receiver {
  rounds = 0;
  #atSum = false;
  #fragments = 0;
  #length = 0;
  #sum = 0;
  #told = 0;
  #toldBytes = 0;

  /** The round that ends with this chunk, if one does. */
  take(chunk: Uint8Array, final: boolean): FraggleRound | undefined {
    if (this.#atSum) return this.#takeSum(chunk, final);
    this.#fragments++;
    this.#length += chunk.length;
    this.#sum += sumOf(chunk);
    this.#atSum = final;
    return undefined;
  }

  #takeSum(chunk: Uint8Array, final: boolean): FraggleRound | undefined {
    // TCP may bring even these four one by one
    for (const byte of chunk) this.#told = ((this.#told << 8) | byte) >>> 0;
    this.#toldBytes += chunk.length;
    if (!final) return undefined;
    const round = {
      bytes: this.#length,
      fragments: this.#fragments,
      sum: this.#sum,
      told: this.#told,
      ok: this.#toldBytes === 4 && this.#told === this.#sum,
    };
    this.rounds++;
    this.#atSum = false;
    this.#fragments = this.#length = this.#sum = this.#told = this.#toldBytes = 0;
    return round;
  }
}

/** Marsaglia's xorshift of 32 bits: the same seed, the same bytes. Not for secrets. */
class RandomBytes {
  #state: number;

  constructor(seed: number) {
    // 0 would stay 0; neighbouring seeds are to differ from the first number on
    this.#state = Math.imul(seed >>> 0, 0x9e3779b1) >>> 0 || 1;
  }

  next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state;
  }

  fill(bytes: Uint8Array): Uint8Array {
    for (let at = 0; at < bytes.length; at += 4) {
      const word = this.next();
      bytes[at] = word;
      bytes[at + 1] = word >>> 8;
      bytes[at + 2] = word >>> 16;
      bytes[at + 3] = word >>> 24;
    }
    return bytes;
  }
}

function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at++) sum += bytes[at] as number;
  return sum;
}

function hex(value: number): string {
  return `0x${value.toString(16).toUpperCase()}`;
}
