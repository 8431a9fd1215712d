import { Ring, type RingTail } from '@lws-ts/core';
import { type Protocol, protocol, type WsWsi } from '@lws-ts/interface';

/** Messages that wait for the slowest member. */
const ringSize = 32;
/** Free places below which no member is heard, and above which all are again. */
const stopBelow = 4;
const resumeAbove = 10;
/** How long the member that holds all others up may stay, in seconds. */
const slowSecs = 3;
const mostMirrors = 3;

interface Session {
  mirror: Mirror | undefined;
  tail: RingTail | undefined;
  /** Cut unless it goes on. */
  suspected: boolean;
}

type Member = WsWsi<Session, Map<string, Mirror>>;

/** A named group of members: what one says, all get, in the same order. */
class Mirror {
  readonly name: string;
  readonly ring = new Ring<string | Uint8Array>(ringSize);
  readonly members = new Set<Member>();
  #heard = true;

  constructor(name: string) {
    this.name = name;
  }

  add(wsi: Member): void {
    wsi.session.mirror = this;
    wsi.session.tail = this.ring.tail();
    this.members.add(wsi);
    if (!this.#heard) wsi.rxFlowControl(false);
  }

  remove(wsi: Member): void {
    const { tail } = wsi.session;
    this.members.delete(wsi);
    if (tail !== undefined) this.ring.remove(tail);
    wsi.session.tail = undefined;
    this.#adjust();
  }

  say(data: string | Uint8Array): void {
    // it fits: nobody is heard while fewer than `stopBelow` places are free
    this.ring.insert(data);
    this.#adjust();
    for (const member of this.members) member.requestWriteable();
  }

  /** Gives a member its next message, or undefined when it has all. */
  next(wsi: Member): string | Uint8Array | undefined {
    const { tail } = wsi.session;
    if (tail === undefined) return undefined;
    const data = this.ring.peek(tail);
    this.ring.consume(tail);
    return data;
  }

  /** A member went on, or went: it may have been the one that all others waited for. */
  progressed(wsi: Member): void {
    suspect(wsi, false);
    this.#adjust();
  }

  /** Stops or resumes all members by the room for what they say, and watches who keeps the others waiting. */
  #adjust(): void {
    const { free } = this.ring;
    const hear = this.#heard ? free >= stopBelow : free > resumeAbove;
    if (hear && this.#heard) return;
    if (hear !== this.#heard) for (const member of this.members) member.rxFlowControl(hear);
    this.#heard = hear;
    const worst = this.ring.capacity - free;
    for (const member of this.members) {
      const { tail } = member.session;
      suspect(member, !hear && tail !== undefined && this.ring.waiting(tail) === worst);
    }
  }
}

function suspect(wsi: Member, suspected: boolean): void {
  if (wsi.session.suspected === suspected) return;
  wsi.session.suspected = suspected;
  wsi.setTimeout('user-1000', suspected ? slowSecs : 0);
}

/**
 * Sends every message to all members, the sender too, in one order. `?mirror=name` joins a mirror of one's own;
 * a vhost has three at most. While the slowest member leaves no room for more, nobody is heard; who holds the
 * others up for 3 s is cut. lws: lws-mirror-protocol
 */
export const lwsMirror: Protocol<Record<never, never>> = protocol({
  name: 'lws-mirror-protocol',
  session: (): Session => ({ mirror: undefined, tail: undefined, suspected: false }),
  vhostData: () => new Map<string, Mirror>(),
  ws: {
    // as lws has it: the messages are short, and each goes to many
    confirmExtensionOkay: () => false,
    established(wsi) {
      const mirrors = wsi.vhostData;
      const name = wsi.urlArg('mirror') ?? '';
      let mirror = mirrors.get(name);
      if (mirror === undefined) {
        if (mirrors.size === mostMirrors) return wsi.close(1013, 'too many mirrors');
        mirror = new Mirror(name);
        mirrors.set(name, mirror);
      }
      mirror.add(wsi);
    },
    message(wsi, data) {
      wsi.session.mirror?.say(data);
    },
    writeable(wsi, tx) {
      const { mirror } = wsi.session;
      if (mirror === undefined) return;
      for (;;) {
        const data = mirror.next(wsi);
        if (data === undefined) break;
        if (typeof data === 'string' ? tx.text(data) : tx.binary(data)) continue;
        wsi.requestWriteable();
        break;
      }
      mirror.progressed(wsi);
    },
    closed(wsi) {
      const { mirror } = wsi.session;
      if (mirror === undefined) return;
      mirror.remove(wsi);
      if (mirror.members.size === 0) wsi.vhostData.delete(mirror.name);
    },
  },
});
