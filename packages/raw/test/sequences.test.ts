/** Events in any order, by chance: no byte is lost or out of place, and every connection ends once, for good. */
import { protocol, type RawWsi } from '@lws-ts/interface';
import { connectRawPeer, settle } from '@lws-ts/test-kit';
import { expect, test } from 'vitest';
import { lines, openRaw } from './open-raw.ts';

const sequences = 400;
const banner = 'SSH-2.0-x\r\n';

/** The same numbers for the same seed. */
function dice(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

interface Held {
  readonly waiting: Uint8Array[];
}

/** How the echo ends: as its peer does, when it likes after that, or before it with FIN of its own. */
type Ending = 'with-peer' | 'after-peer' | 'before-peer';

/** An echo that keeps all it hears until it may write, and counts what it was told. */
function counted(rxBufferSize: number | undefined, ending: Ending, duplex: boolean) {
  const told = { adopt: 0, close: 0, late: 0, heard: '' };
  const wsis: RawWsi<Held, undefined>[] = [];
  const late = (): void => {
    if (told.adopt !== told.close + 1) told.late++;
  };
  const made = protocol({
    name: 'echo',
    // what comes is taken while the rest waits to be written, a piece at a time
    duplex,
    ...(rxBufferSize === undefined ? {} : { rxBufferSize }),
    session: (): Held => ({ waiting: [] }),
    raw: {
      adopt(wsi) {
        told.adopt++;
        wsis.push(wsi);
      },
      rx(wsi, data) {
        late();
        told.heard += Buffer.from(data).toString('latin1');
        if (finished) return;
        wsi.session.waiting.push(data);
        wsi.requestWriteable();
      },
      writeable(wsi, tx) {
        late();
        const { waiting } = wsi.session;
        const data = waiting.shift();
        if (data !== undefined) tx.write(data);
        if (waiting.length > 0) wsi.requestWriteable();
        if (ending === 'before-peer' && told.heard.length > 40) ended = true;
        if (waiting.length > 0 || !ended) return;
        finished = true;
        tx.end();
      },
      ...(ending === 'after-peer'
        ? {
            peerEnded(wsi: RawWsi<Held, undefined>): void {
              ended = true;
              wsi.requestWriteable();
            },
          }
        : {}),
      close: () => void told.close++,
    },
  });
  let ended = false;
  let finished = false;
  return { made, told, wsis };
}

test.each(Array.from({ length: 8 }, (_, at) => at))(
  `${sequences} sequences, part %i of 8`,
  async (part) => {
    for (let each = 0; each < sequences / 8; each++) {
      const seed = part * 1000 + each;
      const roll = dice(seed);
      const rxBufferSize = [undefined, 1, 7, 4096][roll(4)];
      const ending = (['with-peer', 'after-peer', 'before-peer'] as const)[roll(3)] as Ending;
      const { made, told, wsis } = counted(rxBufferSize, ending, roll(2) === 0);
      const alone = roll(2) === 0;
      const txBudget = roll(2) === 0 ? 4096 : 65_536;
      const opened = await openRaw(made, { alone, txBudget, fallbackToRaw: true });
      const { vhost, clock, context } = opened;
      const timers = context.loop.wheel.size;
      const capacity = [100, 5000, 65_536][roll(3)] as number;
      const { peer, server } = await connectRawPeer(vhost, { capacity, listening: roll(2) === 0 });
      let said = '';
      let cut = false;
      let ended = false;
      const say = (text: string): void => {
        said += text;
        peer.push(text);
      };
      const steps: (() => Promise<void> | void)[] = [
        () => {
          const text = said.length < banner.length ? banner.slice(said.length) : 'some more of it ';
          const length = 1 + roll(text.length);
          if (!ended) say(text.slice(0, length));
        },
        () => {
          if (!ended && said.length >= banner.length) say('0123456789'.repeat(roll(400)));
        },
        () => peer.read(roll(2) === 0),
        () => wsis[0]?.rxFlowControl(roll(2) === 0),
        () => wsis[0]?.requestWriteable(),
        () => clock.advance(roll(900)),
        () => settle(),
        () => vhost.requestWriteableAll(made),
        async () => {
          if (roll(3) > 0 || ended) return;
          ended = true;
          await peer.end();
        },
        async () => {
          if (roll(30) > 0) return;
          const [wsi] = wsis;
          cut = true;
          if (wsi === undefined || roll(2) === 0) await peer.reset();
          else wsi.abort();
        },
      ];
      for (let step = 0; step < 5 + roll(40) && !cut; step++) await steps[roll(steps.length)]?.();
      if (!cut) {
        if (!ended && said.length < banner.length) say(banner.slice(said.length));
        wsis[0]?.rxFlowControl(true);
        await peer.read(true);
        for (let turn = 0; turn < 2000 && server.bufferedBytes + server.unreadBytes > 0; turn++)
          await settle();
        if (!ended) await peer.end();
        for (let turn = 0; turn < 50; turn++) await settle();
        wsis[0]?.rxFlowControl(true);
        await settle();
      }
      // a program that does not hear may keep a peer that ended for as long as it likes
      else wsis[0]?.rxFlowControl(true);
      const where = `seed ${seed}`;
      const heard = peer.text;
      expect([said.startsWith(heard), said.startsWith(told.heard)], where).toEqual([true, true]);
      // who ends before it is known what it is said nothing to the echo
      if (!cut && said.length >= banner.length) {
        expect(told.heard.length, where).toBe(said.length);
        if (ending !== 'before-peer') expect(heard.length, where).toBe(said.length);
      }
      // a reset that nobody reads is found by a probe, and who said too little by a deadline
      for (let secs = 0; secs < 30 && context.counters.wsi_alive > 0; secs++)
        await clock.advance(1000);
      const { wsi_alive: alive } = context.counters;
      expect([alive, context.loop.wheel.size, context.keptOutputBytes], where).toEqual([
        0,
        timers,
        0,
      ]);
      await context.close({ deadlineSecs: 0 });
      expect([told.adopt <= 1, told.close, told.late], where).toEqual([true, told.adopt, 0]);
    }
    expect(lines.filter((line) => line.includes('THREW') || line.includes('INTERNAL'))).toEqual([]);
  },
);
