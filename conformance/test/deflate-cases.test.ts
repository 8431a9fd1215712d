/**
 * Categories 12 and 13 over loopback: permessage-deflate, our server and our client. The peer's side of it is zlib
 * itself. In 12 both sides use the extension as it comes, in 13 contexts may be kept and everything is compressed.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { deflateCases } from './cases/deflate.ts';
import { depth } from './cases/depth.ts';
import { agreedByClient, agreedByServer, answerText, offerText } from './peer/agreement.ts';
import type { PeerDeflate } from './peer/peer-deflate.ts';
import type { Form } from './run/echo.ts';
import { playDeflate } from './run/play-deflate.ts';
import { Report, strict } from './run/report.ts';
import { type TestedSide, testedSide } from './run/tested-side.ts';

vi.setConfig({ testTimeout: 20_000 * Math.max(1, depth) });

const report = new Report();
afterAll(() => report.write('deflate'));

/** From which size on each message is smaller when it is compressed, and by default is. */
const always = { 12: 1024, 13: 256 };

/** In the run of every day each case has one of the two forms, and each shape of message both. */
function formOf(at: number): Form {
  return (at + Math.floor(at / 18)) % 2 === 0 ? 'message' : 'receive';
}

describe.each(
  (['server', 'client'] as const).flatMap((role) =>
    ([12, 13] as const).flatMap((category) =>
      (['message', 'receive'] as const).map((form) => ({ role, category, form })),
    ),
  ),
)('$category, $role, ws.$form', ({ role, category, form }) => {
  let side: TestedSide;
  beforeAll(async () => {
    side = await testedSide({ role, form, takeover: category === 13 });
  });
  afterAll(async () => await side.close());

  const mine = deflateCases.filter(
    ({ id }, at) => id.startsWith(`${category}.`) && (depth > 1 || form === formOf(at)),
  );
  test.each(mine)('$id $about', async (one) => {
    let deflate: PeerDeflate | undefined;
    const peer = await side.open({
      offer: offerText(one.wishes),
      answer: (offered) => answerText(offered, one.wishes),
      agreed(answer) {
        deflate = role === 'server' ? agreedByClient(answer, one.wishes) : agreedByServer(answer);
        return deflate;
      },
    });
    try {
      if (deflate === undefined) throw new Error('nothing was agreed on');
      const verdict = await playDeflate(one, peer, deflate, always[category]);
      report.add(one, `${role}, ws.${form}`, verdict);
      expect(verdict).toEqual(strict);
    } finally {
      await peer.leave();
    }
  });
});
