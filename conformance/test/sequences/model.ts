/** What a connection of a sequence has to be like: what its peer said and heard, and how often its handlers came. */

import type { Held, WsiView } from '@lws-ts/interface';
import {
  clientClose,
  clientFrame,
  type RawPeer,
  readServerFrames,
  upgradeRequest,
} from '@lws-ts/test-kit';

/** A wsi, as far as events ask something of it. */
export interface EventWsi extends WsiView {
  requestWriteable(): void;
  requestWriteableAll(): void;
  rxFlowControl(on: boolean): void;
  setTimerMs(ms: number): void;
  close(code?: number, reason?: string): void;
  abort(): void;
}

/** One connection, as the model has it. */
export class Link {
  readonly id: number;
  readonly kind: 'ws' | 'http' | 'raw';
  readonly peer: RawPeer;
  readonly parent: Link | undefined;
  /** Its handshake is held until it is answered. */
  readonly holds: boolean;
  wsi: EventWsi | undefined = undefined;
  held: Held | undefined = undefined;
  established = 0;
  closed = 0;
  /** Something happened that may end it, or lose what was said. */
  disturbed = false;
  /** Messages that were said in whole when its peer sent FIN, where nothing else happened to it. */
  wholeAtFin: number | undefined = undefined;
  /** Messages that its handler was given, and that it has to answer. */
  delivered = 0;
  waiting: string[] = [];
  /** What its peer has said, whole or in part, and heard. */
  asked = 0;
  heard = 0;
  /** The first thing that was not as it has to be. */
  wrong: string | undefined = undefined;
  /** Where each message ends, among all bytes. */
  readonly #ends: number[] = [];
  #allBytes = 0;
  #unsaid: Uint8Array = new Uint8Array(0);
  #unread: Uint8Array = new Uint8Array(0);
  #upgraded = false;

  constructor(
    id: number,
    kind: 'ws' | 'http' | 'raw',
    peer: RawPeer,
    parent: Link | undefined,
    holds: boolean,
  ) {
    this.id = id;
    this.kind = kind;
    this.peer = peer;
    this.parent = parent;
    this.holds = holds;
    if (kind === 'ws')
      this.#add(Buffer.from(upgradeRequest({ path: `/${id}`, protocol: 'sequence' })));
  }

  /** It or a parent of it. */
  get endangered(): boolean {
    return this.disturbed || this.parent?.endangered === true;
  }

  /** One more message, or request, of what its peer has to say. */
  ask(size: number): void {
    const text = this.text(this.asked++, size);
    if (this.kind === 'ws') this.#add(clientFrame(1, text));
    else if (this.kind === 'http')
      this.#add(Buffer.from(`GET /h/${text} HTTP/1.1\r\nHost: a\r\n\r\n`));
    else this.#add(Buffer.from(`${text}\n`));
    this.#ends.push(this.#allBytes);
  }

  /** Its peer sends FIN. */
  fin(): void {
    const said = this.#allBytes - this.#unsaid.length;
    if (!this.endangered && !this.holds)
      this.wholeAtFin = this.#ends.filter((end) => end <= said).length;
    this.disturbed = true;
    void this.peer.end();
  }

  /** Something happens that may lose what was said. */
  disturb(): void {
    this.disturbed = true;
    this.wholeAtFin = undefined;
  }

  /** Its peer begins to close in order. */
  askClose(): void {
    this.#add(this.kind === 'ws' ? clientClose(1000) : new Uint8Array(0));
  }

  /** Says the next `bytes` of it, in pieces of `piece`. */
  say(bytes: number, piece: number): void {
    const end = Math.min(bytes, this.#unsaid.length);
    for (let at = 0; at < end; at += piece)
      this.peer.push(this.#unsaid.slice(at, Math.min(end, at + piece)));
    this.#unsaid = this.#unsaid.slice(end);
  }

  get unsaid(): number {
    return this.#unsaid.length;
  }

  text(at: number, size: number): string {
    return `${this.id}.${at}.${'x'.repeat(size)}`;
  }

  /** Its handler was given something. */
  give(text: string): void {
    if (!text.startsWith(`${this.id}.${this.delivered}.`))
      this.#isWrong(`${this.delivered} of ${this.id} was given as ${text.slice(0, 20)}`);
    this.delivered++;
    this.waiting.push(text);
  }

  /** What its peer heard has to be the answers, in order. */
  listen(): void {
    const heard = this.peer.take();
    if (heard.length === 0) return;
    this.#unread = Buffer.concat([this.#unread, heard]);
    if (this.kind === 'http') while (this.#response());
    else if (this.kind === 'raw') this.#lines();
    else {
      if (!this.#upgraded && !this.#head()) return;
      const { frames, rest } = readServerFrames(this.#unread);
      this.#unread = rest;
      for (const { opcode, payload } of frames)
        if (opcode === 1) this.#hears(Buffer.from(payload).toString());
        else if (opcode !== 8) this.#isWrong(`${this.id} heard opcode ${opcode}`);
    }
  }

  /** There is something that has to reach it, or its peer, still. */
  get wants(): boolean {
    if (!this.endangered) return !this.complete;
    return (
      this.wholeAtFin !== undefined &&
      this.parent?.endangered !== true &&
      this.delivered < this.wholeAtFin
    );
  }

  /** All that was said was answered, and the answers heard. */
  get complete(): boolean {
    return this.unsaid === 0 && this.delivered === this.asked && this.heard === this.asked;
  }

  #add(bytes: Uint8Array): void {
    this.#allBytes += bytes.length;
    this.#unsaid = Buffer.concat([this.#unsaid, bytes]);
  }

  #hears(text: string): void {
    if (!text.startsWith(`${this.id}.${this.heard}.`) || !/^[\d.]+x*$/.test(text))
      this.#isWrong(`${this.heard} of ${this.id} was heard as ${text.slice(0, 20)}`);
    this.heard++;
  }

  /** The end of a head that begins what is not read; undefined while it is not all there. */
  #headEnd(): number | undefined {
    const end = Buffer.from(
      this.#unread.buffer,
      this.#unread.byteOffset,
      this.#unread.length,
    ).indexOf('\r\n\r\n');
    return end < 0 ? undefined : end + 4;
  }

  #head(): boolean {
    const end = this.#headEnd();
    if (end === undefined) return false;
    const status = Buffer.from(this.#unread.slice(9, 12)).toString();
    this.#unread = this.#unread.slice(end);
    this.#upgraded = status === '101';
    // a refusal is the end of it
    if (!this.#upgraded) this.disturbed = true;
    return this.#upgraded;
  }

  #response(): boolean {
    const end = this.#headEnd();
    if (end === undefined) return false;
    const head = Buffer.from(this.#unread.slice(0, end)).toString();
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    if (this.#unread.length < end + length) return false;
    const body = Buffer.from(this.#unread.slice(end, end + length)).toString();
    this.#unread = this.#unread.slice(end + length);
    if (head.startsWith('HTTP/1.1 200')) this.#hears(body);
    else if (!this.endangered) this.#isWrong(`${this.id} was answered ${head.slice(0, 30)}`);
    return true;
  }

  #lines(): void {
    const lines = Buffer.from(this.#unread).toString('latin1').split('\n');
    this.#unread = Buffer.from(lines.pop() ?? '', 'latin1');
    for (const line of lines) this.#hears(line);
  }

  #isWrong(what: string): void {
    this.wrong ??= what;
  }
}
