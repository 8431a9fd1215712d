/** Plays a case with a party, and judges as Autobahn does: strictly, and whether a milder reading would pass. */
import type { Act, Case, Cut, Place } from '../cases/case.ts';
import { cutInto } from '../framing/outcome.ts';
import { headLength, type PeerSide, saidImage } from '../peer/frame-image.ts';
import type { Party } from './party.ts';
import { judge, type Verdict } from './verdict.ts';

/** Time for what has to come. */
const patienceMs = 8000;
/** Time in which a failure that has to be at once was not. */
const failureMs = 1000;
/** Time in which nothing may come. */
const quietMs = 15;

/** @param cut in place of the case's own @param patience shorter for parties that are known to fail */
export async function play(
  one: Case,
  party: Party,
  cut: Cut = one.cut,
  patience = patienceMs,
): Promise<Verdict> {
  return await new Play(one.acts(), party, cut, patience).run();
}

class Play {
  readonly #acts: readonly Act[];
  readonly #party: Party;
  readonly #cut: Cut;
  readonly #patience: number;
  #pending: Uint8Array[] = [];
  #turn = 0;
  readonly #end: EndAct;
  readonly #heard: string[] = [];
  #late = false;

  constructor(acts: readonly Act[], party: Party, cut: Cut, patience: number) {
    this.#acts = acts;
    this.#end = endOf(acts);
    this.#party = party;
    this.#cut = cut;
    this.#patience = patience;
  }

  async run(): Promise<Verdict> {
    for (const [at, act] of this.#acts.entries()) {
      if (act.do === 'say') {
        if (act.from === 0) this.#turn++;
        this.#pending.push(saidImage(act, this.#party.side, this.#turn));
        continue;
      }
      await this.#flush();
      if (act.do === 'hear') {
        if (!(await this.#hears(act.line))) return await this.#judged();
      } else if (act.do === 'quiet') {
        const line = await this.#party.next(quietMs);
        if (line !== undefined) {
          this.#heard.push(line);
          return await this.#judged();
        }
      } else return await this.#ends(this.#acts.slice(at + 1));
    }
    return await this.#judged();
  }

  async #flush(): Promise<void> {
    const said = this.#pending;
    this.#pending = [];
    await this.#party.say(cutUp(said, this.#cut));
  }

  async #hears(line: string): Promise<boolean> {
    const heard = await this.#party.next(this.#patience);
    if (heard !== undefined) this.#heard.push(heard);
    return heard === line;
  }

  /** A failure is due before the rest is said; when it does not come, the rest may bring it about. */
  async #ends(rest: readonly Act[]): Promise<Verdict> {
    if (this.#end.do === 'fail' && rest.length > 0) {
      const first = await this.#party.next(Math.min(failureMs, this.#patience));
      if (first === undefined) await this.#sayRest(rest);
      else this.#heard.push(first);
    }
    return await this.#judged();
  }

  async #sayRest(rest: readonly Act[]): Promise<void> {
    this.#late = true;
    for (const act of rest)
      if (act.do === 'say') this.#pending.push(saidImage(act, this.#party.side, this.#turn));
    await this.#flush();
  }

  /** Hears to the end. */
  async #judged(): Promise<Verdict> {
    while (!isEnd(this.#heard.at(-1))) {
      const line = await this.#party.next(this.#patience);
      if (line === undefined) break;
      this.#heard.push(line);
    }
    const expected = this.#acts.flatMap((act) => (act.do === 'hear' ? [act.line] : []));
    expected.push(`close ${this.#end.do === 'fail' ? this.#end.closeCode : this.#end.code}`, 'end');
    const verdict = judge(expected, this.#heard, this.#end.do === 'fail', this.#late);
    if (verdict.behaviour !== 'OK') return verdict;
    return this.#misplaced() ?? (await this.#mistold()) ?? verdict;
  }

  #misplaced(): Verdict | undefined {
    const { fault } = this.#party;
    const end = this.#end;
    if (end.do !== 'fail' || fault === undefined) return undefined;
    if (fault.code !== end.code)
      return { behaviour: 'FAILED', detail: `${fault.code}, not ${end.code}` };
    const right = octetOf(this.#acts, end.at, this.#party.side);
    // in larger writes it is not seen where inside one reading stopped
    if (this.#cut !== 1 || fault.octet === right) return undefined;
    const behaviour = fault.octet > right ? 'NON-STRICT' : 'FAILED';
    return { behaviour, detail: `${fault.code} at octet ${fault.octet}, not ${right}` };
  }

  /** The program's side of the end: a peer that failed said nothing of its own (RFC 6455 §7.1.5). */
  async #mistold(): Promise<Verdict | undefined> {
    if (this.#party.told === undefined) return undefined;
    const told = await this.#party.told();
    const right = this.#end.do === 'fail' ? 1006 : this.#end.code;
    if (told === right) return undefined;
    return { behaviour: 'FAILED', detail: `the program was told ${told}, not ${right}` };
  }
}

type EndAct = Act & { do: 'fail' | 'closed' };

function endOf(acts: readonly Act[]): EndAct {
  const end = acts.find((act) => act.do === 'fail' || act.do === 'closed');
  if (end === undefined) throw new Error('a case without an end');
  return end as EndAct;
}

function isEnd(line: string | undefined): boolean {
  return line === 'end' || line === 'reset' || line?.startsWith('wrong') === true;
}

/** How many octets have to be read for the one at `place`. */
export function octetOf(acts: readonly Act[], place: Place, side: PeerSide): number {
  let before = 0;
  let number = 0;
  for (const act of acts) {
    if (act.do !== 'say' || act.from > 0) continue;
    const head = headLength(act.frame, side);
    if (number++ < place.frame) before += head + act.frame.payload.length;
    else return before + (place.header ?? head + (place.payload ?? 0)) + 1;
  }
  throw new Error('a place in no frame');
}

/** The writes of what is said. */
export function cutUp(said: readonly Uint8Array[], cut: Cut): Uint8Array[] {
  if (cut === 'frames') return said.filter(({ length }) => length > 0);
  const all = Buffer.concat(said);
  if (all.length === 0) return [];
  if (cut === 'whole') return [all];
  return cutInto(
    all,
    Array.from({ length: Math.ceil(all.length / cut) }, (_, at) => at * cut),
  );
}
