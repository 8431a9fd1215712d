/** Categories 1 to 7, 9 and 10 over loopback: our server and our client, with programs of both forms. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { cases } from './cases/all.ts';
import { depth } from './cases/depth.ts';
import { play } from './run/play.ts';
import { Report, strict } from './run/report.ts';
import { type TestedSide, testedSide } from './run/tested-side.ts';

vi.setConfig({ testTimeout: 20_000 * Math.max(1, depth) });

const report = new Report();
afterAll(() => report.write('loopback'));

describe.each([
  { role: 'server', form: 'message' },
  { role: 'server', form: 'receive' },
  { role: 'client', form: 'message' },
  { role: 'client', form: 'receive' },
] as const)('$role, ws.$form', ({ role, form }) => {
  let side: TestedSide;
  beforeAll(async () => {
    side = await testedSide({ role, form });
  });
  afterAll(async () => await side.close());

  test.each(cases)('$id $about', async (one) => {
    const peer = await side.open();
    try {
      const verdict = await play(one, peer);
      report.add(one, `${role}, ws.${form}`, verdict);
      expect(verdict).toEqual(strict);
    } finally {
      await peer.leave();
    }
  });
});
