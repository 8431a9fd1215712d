/** A context with connections in memory, of HTTP, WebSocket and raw sockets, and events that happen to them in any order. */
import { type Context, createContext, DuplexTransport, externalLoop } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { httpMounts } from '@lws-ts/http-mounts';
import { protocol } from '@lws-ts/interface';
import { raw } from '@lws-ts/raw';
import { memoryTransportPair, PollHost, RawPeer, settle, VirtualClock } from '@lws-ts/test-kit';
import { ws } from '@lws-ts/ws';
import { duplexPair } from '../../../packages/core/test/duplex-pair.ts';
import { siteOf } from '../../../packages/http/src/http-site.ts';
import { type EventWsi, Link } from './model.ts';

/** What may happen; each has two numbers that say to whom and how. */
export const kinds = [
  'connect',
  'adopt',
  'ask',
  'ask',
  'ask',
  'say',
  'say',
  'say',
  'blurt',
  'blurt',
  'stall',
  'listen',
  'rxOff',
  'rxOn',
  'writeable',
  'writeableAll',
  'timer',
  'tick',
  'tick',
  'answer',
  'cancel',
  'fin',
  'lastWords',
  'peerClose',
  'reset',
  'close',
  'abort',
] as const;

export type Step = readonly [kind: (typeof kinds)[number], who: number, how: number];

/** Connections of one sequence, at most. */
const mostLinks = 5;

export class World {
  readonly links: Link[] = [];
  readonly wrong: string[] = [];
  readonly #polled: boolean;
  readonly #host = new PollHost();
  readonly #clock = new VirtualClock();
  #time = 0;
  #streams = false;
  #cancelled = 0;
  /** Raw connections, whose peers may never say who they are. */
  #adopted = 0;
  #given = 0;
  /** In a `close` without a deadline, which tells `closed` at once. */
  #cutting = false;
  #open: Context | undefined = undefined;

  readonly #patient: boolean;

  /**
   * @param polled in a loop that the test drives, else in that of Node.js
   * @param patient no deadline ends a connection that nothing else happened to
   */
  constructor(polled: boolean, patient: boolean) {
    this.#polled = polled;
    this.#patient = patient;
  }

  async open(): Promise<void> {
    const still = {
      now: () => this.#time,
      wallNow: () => this.#time,
      wakeAt: () => () => undefined,
    };
    const waits = this.#patient ? 3600 : undefined;
    const loop = externalLoop(this.#host);
    this.#host.drives(loop);
    this.#open = (await createContext({
      use: [http(), ws(), raw(), httpMounts()],
      ...(this.#polled ? { loop, clock: still } : { clock: this.#clock }),
      port: -1,
      protocols: [this.#protocol().with({ raw: true })],
      fallbackToRaw: true,
      mounts: [{ mountpoint: '/h', origin: 'callback://sequence' }],
      ...(waits === undefined
        ? {}
        : {
            timeoutSecs: waits,
            timeoutSecsAhIdle: waits,
            keepaliveTimeout: waits,
            stalledSecs: waits,
            holdTimeoutSecs: waits,
          }),
    })) as unknown as Context;
    await this.turn();
  }

  get #context(): Context {
    if (this.#open === undefined) throw new Error('not open');
    return this.#open;
  }

  get #vhost() {
    const [vhost] = this.#context.vhosts;
    if (vhost === undefined) throw new Error('no vhost');
    return vhost;
  }

  async take([kind, who, how]: Step): Promise<void> {
    if (kind === 'connect' || kind === 'adopt') this.#connect(kind, who, how);
    else if (kind === 'tick')
      await this.tick(
        (this.#patient ? [1, 20, 100, 400, 900] : [20, 900, 2500, 5000, 11_000])[how % 5] ?? 1,
      );
    else if (kind === 'cancel') {
      this.#cancelled++;
      this.#context.cancelService();
    } else {
      const link = this.links[who % Math.max(1, this.links.length)];
      if (link !== undefined) this.#happens(kind, link, how);
    }
    await this.turn();
  }

  /** Everybody listens and says what is left; then the peers that nothing happened to have heard all. */
  async settleUp(): Promise<void> {
    for (let round = 0; round < 60; round++) {
      let busy = false;
      for (const link of this.links) {
        void link.peer.read(true);
        link.wsi?.rxFlowControl(true);
        link.held?.accept();
        link.say(link.unsaid, 4096);
        busy ||= link.wants;
      }
      await this.turn();
      if (!busy) break;
    }
    for (const { wants, kind, id, asked, wholeAtFin = asked, delivered, heard } of this.links)
      if (wants)
        this.wrong.push(
          `of ${wholeAtFin} of ${kind} ${id} ${delivered} were given, ${heard} heard`,
        );
  }

  /** The end of all, by `close` of the context. */
  async end(deadlineSecs: number): Promise<void> {
    const context = this.#context;
    let over = false;
    this.#cutting = deadlineSecs === 0;
    const closing = context.close({ deadlineSecs }).then(() => {
      over = true;
    });
    this.#cutting = false;
    for (let round = 0; !over && round < 20; round++) await this.tick(1000);
    if (!over) this.wrong.push('close() hangs');
    await closing;
    await this.turn();
    const { tables } = siteOf(this.#vhost);
    const left = {
      alive: context.counters.wsi_alive,
      timers: context.loop.wheel.size,
      tables: tables.lent,
      kept: context.keptOutputBytes,
      waiting: context.loop.waiting,
      descriptors: this.#host.table.size,
      wakes: this.#clock.pending,
    };
    for (const [what, count] of Object.entries(left))
      if (count !== 0) this.wrong.push(`${count} ${what} left`);
    for (const code of context.counters.refused.keys())
      if (code === 'LWS_ERR_HANDLER_THREW' || code === 'LWS_ERR_INTERNAL') this.wrong.push(code);
    if (this.#adopted !== this.#given)
      this.wrong.push(`${this.#given} closed, ${this.#adopted} adopted`);
    for (const link of this.links) {
      if (link.closed !== link.established)
        this.wrong.push(`${link.id}: ${link.closed} closed, ${link.established} established`);
      if (!link.peer.isClosed && !link.peer.ended)
        this.wrong.push(`${link.id} was not told of its end`);
    }
  }

  /** Whatever is ready happens. */
  async turn(): Promise<void> {
    if (!this.#polled) await settle(this.#streams ? 6 : 3);
    else
      for (let round = 0; ; round++) {
        await settleMicrotasks();
        if (this.#streams) await settle(2);
        this.#host.call((loop) => loop.service(0));
        this.#host.drain();
        if (this.#host.poll() === 0 && round > 0) break;
        if (round > 5000) {
          this.wrong.push('it never comes to rest');
          break;
        }
      }
    for (const link of this.links) {
      link.listen();
      if (link.wrong !== undefined) this.wrong.push(link.wrong);
    }
  }

  async tick(ms: number): Promise<void> {
    if (!this.#polled) {
      await this.#clock.advance(ms);
      return;
    }
    const end = this.#time + ms;
    while (this.#time < end) {
      this.#time += this.#host.call((loop) => loop.adjustTimeout(end - this.#time));
      await this.turn();
    }
  }

  #connect(kind: 'connect' | 'adopt', who: number, how: number): void {
    if (this.links.length >= mostLinks) return;
    const parent = how % 5 === 0 ? this.links[who % Math.max(1, this.links.length)] : undefined;
    const parentWsi = parent?.wsi?.open === true ? parent.wsi : undefined;
    const of = parentWsi === undefined ? undefined : parent;
    const spoken = (['http', 'ws', 'raw', 'ws'] as const)[how % 4] ?? 'ws';
    let peer: RawPeer;
    if (kind === 'connect') {
      const [server, client] = memoryTransportPair({ capacity: [16, 500, 65_536][who % 3] ?? 16 });
      peer = new RawPeer(client);
      this.#vhost.adopt(server, parentWsi);
    } else {
      this.#streams = true;
      const [server, client] = duplexPair();
      peer = new RawPeer(new DuplexTransport(client));
      if (spoken === 'raw' && who % 2 === 0)
        this.#vhost.adoptDescriptor(server, 'sequence', parentWsi);
      else this.#vhost.adopt(server, parentWsi);
    }
    const link = new Link(this.links.length, spoken, peer, of, spoken === 'ws' && how % 7 === 0);
    link.disturbed = !this.#patient;
    this.links.push(link);
  }

  #happens(
    kind: Exclude<Step[0], 'connect' | 'adopt' | 'tick' | 'cancel'>,
    link: Link,
    how: number,
  ): void {
    const { wsi, peer } = link;
    switch (kind) {
      case 'ask':
        for (let more = 0; more <= how % 4; more++) link.ask([0, 10, 300, 5000][how % 4] ?? 0);
        break;
      case 'say':
        link.say(1 + how * 7, 1 + (how % 50) * (how % 11));
        break;
      case 'blurt':
      case 'lastWords':
        for (let more = 0; more < how % 40; more++) link.ask([3, 900][how % 2] ?? 0);
        link.say(link.unsaid, 1 + how);
        if (kind === 'lastWords') link.fin();
        break;
      case 'stall':
        void peer.read(false);
        break;
      case 'listen':
        void peer.read(true);
        break;
      case 'rxOff':
        wsi?.rxFlowControl(false);
        break;
      case 'rxOn':
        wsi?.rxFlowControl(true);
        break;
      case 'writeable':
        wsi?.requestWriteable();
        break;
      case 'writeableAll':
        wsi?.requestWriteableAll();
        break;
      case 'timer':
        wsi?.setTimerMs(how);
        break;
      case 'answer':
        if (how % 2 === 0) link.held?.accept();
        else if (link.held?.refuse(503) === true) link.disturbed = true;
        break;
      case 'fin':
        link.fin();
        break;
      case 'reset':
        link.disturb();
        void peer.reset();
        break;
      case 'peerClose':
        link.disturb();
        link.askClose();
        break;
      case 'close':
        link.disturb();
        wsi?.close(how % 2 === 0 ? 1000 : undefined);
        break;
      case 'abort':
        link.disturb();
        wsi?.abort();
        break;
    }
  }

  /** What connections speak: whatever they are given they give back, in `writeable`. */
  #protocol() {
    const { links } = this;
    const stray = (what: string): void => {
      if (this.#polled && !this.#host.inside && !this.#cutting)
        this.wrong.push(`${what} outside of a service call`);
    };
    const over = (link: Link | undefined): void => {
      if (link === undefined) return;
      link.closed++;
      for (const child of links)
        if (child.parent === link && child.closed < child.established)
          this.wrong.push(`${link.id} ended before its child ${child.id}`);
    };
    return protocol({
      name: 'sequence',
      session: (): { link: Link | undefined; begun: string } => ({ link: undefined, begun: '' }),
      eventWaitCancelled: () => {
        stray('eventWaitCancelled');
        if (this.#cancelled === 0) this.wrong.push('cancelled by nobody');
      },
      ws: {
        filterProtocolConnection(wsi) {
          stray('filterProtocolConnection');
          const link = links[Number(wsi.path.slice(1))];
          if (link?.holds === true) link.held = wsi.hold();
          return link !== undefined;
        },
        established(wsi) {
          stray('established');
          const link = links[Number(wsi.path.slice(1))];
          if (link === undefined) return;
          wsi.session.link = link;
          link.wsi = wsi as EventWsi;
          link.established++;
        },
        message(wsi, data) {
          stray('message');
          wsi.session.link?.give(String(data));
          wsi.requestWriteable();
        },
        writeable(wsi, tx) {
          stray('writeable');
          const waiting = wsi.session.link?.waiting ?? [];
          for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
            if (!tx.text(next)) break;
          if (waiting.length > 0) wsi.requestWriteable();
        },
        timer: () => stray('timer'),
        childClosing: () => stray('childClosing'),
        closed(wsi) {
          stray('closed');
          over(wsi.session.link);
        },
      },
      raw: {
        adopt: () => {
          stray('raw.adopt');
          this.#adopted++;
        },
        rx: (wsi, data) => {
          stray('raw.rx');
          const lines = (wsi.session.begun + Buffer.from(data).toString('latin1')).split('\n');
          wsi.session.begun = lines.pop() ?? '';
          for (const line of lines) {
            const link = links[Number.parseInt(line, 10)];
            if (link === undefined) {
              this.wrong.push(`a raw peer said ${line.slice(0, 20)}`);
              return;
            }
            if (wsi.session.link === undefined) {
              wsi.session.link = link;
              link.wsi = wsi as EventWsi;
              link.established++;
            }
            link.give(line);
          }
          wsi.requestWriteable();
        },
        writeable(wsi, tx) {
          stray('raw.writeable');
          const waiting = wsi.session.link?.waiting ?? [];
          for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
            if (!tx.write(`${next}\n`)) break;
          if (waiting.length > 0) wsi.requestWriteable();
        },
        timer: () => stray('raw.timer'),
        close: (wsi) => {
          stray('raw.close');
          this.#given++;
          over(wsi.session.link);
        },
      },
      http: {
        request(wsi) {
          stray('request');
          const text = wsi.pathInMount.slice(1);
          const link = links[Number.parseInt(text, 10)];
          if (link === undefined) return;
          if (wsi.session.link === undefined) {
            wsi.session.link = link;
            link.established++;
          }
          link.wsi = wsi as EventWsi;
          link.give(text);
          if (link.delivered % 2 === 0) wsi.reply(200, [], link.waiting.shift() ?? '');
          else wsi.requestWriteable();
        },
        writeable(wsi, tx) {
          stray('http.writeable');
          const text = wsi.session.link?.waiting.shift();
          if (text === undefined) return;
          tx.head(200, [], text.length);
          tx.body(text);
          tx.end();
        },
        closed(wsi) {
          stray('http.closed');
          over(wsi.session.link);
        },
      },
    });
  }
}

/** Whatever a memory transport has to tell. */
async function settleMicrotasks(): Promise<void> {
  for (let round = 0; round < 4; round++) await Promise.resolve();
}
