/** Categories 1 to 7, 9 and 10 at the codec, as a server and as a client, however the octets are cut. */
import { afterAll, describe, expect, test, vi } from 'vitest';
import { cases } from './cases/all.ts';
import type { Case, Cut } from './cases/case.ts';
import { depth } from './cases/depth.ts';
import { CodecParty } from './run/codec-party.ts';
import { play } from './run/play.ts';
import { Report, strict } from './run/report.ts';

vi.setConfig({ testTimeout: 20_000 * Math.max(1, depth) });

const report = new Report();
afterAll(() => report.write('codec'));

/** Octets from which on a case is not read octet by octet. */
const many = 2 ** 15;

function octetsOf({ acts }: Case): number {
  return acts().reduce((sum, act) => sum + (act.do === 'say' ? act.to - act.from : 0), 0);
}

function cutsOf(one: Case): readonly Cut[] {
  const octets = octetsOf(one);
  const small: readonly Cut[] = octets < many ? [1, 2, 3, 7] : [];
  return ['whole', 'frames', ...small, 1000, ...(octets < many ? [] : [one.cut])];
}

describe.each(['server', 'client'] as const)('%s', (side) => {
  test.each(cases)('$id $about', async (one) => {
    for (const cut of cutsOf(one)) {
      const verdict = await play(one, new CodecParty(side, cut === 7 ? 5 : undefined), cut);
      report.add(one, `codec ${side}, cut ${cut}`, verdict);
      expect(verdict, `cut ${cut}`).toEqual(strict);
    }
  });
});
