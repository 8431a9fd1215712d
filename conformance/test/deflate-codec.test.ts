/** Categories 12 and 13 at the codec: the session of permessage-deflate, as a server and as a client. */
import {
  type AgreedExtension,
  permessageDeflate,
  readExtensionList,
  writeExtensionList,
} from '@lws-ts/ws-framing';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { type DeflateCase, deflateCases } from './cases/deflate.ts';
import { depth } from './cases/depth.ts';
import { agreedByClient, agreedByServer, answerText, offerText } from './peer/agreement.ts';
import type { PeerDeflate } from './peer/peer-deflate.ts';
import { DeflateCodecParty } from './run/deflate-codec-party.ts';
import { playDeflate } from './run/play-deflate.ts';
import { Report, strict } from './run/report.ts';

vi.setConfig({ testTimeout: 20_000 * Math.max(1, depth) });

const report = new Report();
afterAll(() => report.write('deflate-codec'));

const asItComes = permessageDeflate();
const keeping = permessageDeflate({
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
});

type Agreement = readonly [AgreedExtension, PeerDeflate];

/** What both sides made of offer and answer. */
function agree(side: 'server' | 'client', { id, wishes }: DeflateCase): Agreement {
  const extension = id.startsWith('12.') ? asItComes : keeping;
  if (side === 'server') {
    const [offer] = readExtensionList(offerText(wishes)) ?? [];
    const agreed = offer && extension.accept(offer);
    if (agreed === undefined) throw new Error('the offer was declined');
    return [agreed, agreedByClient(writeExtensionList([agreed.element]), wishes)];
  }
  const answer = answerText(writeExtensionList([...extension.offers()]), wishes);
  const [element] = readExtensionList(answer) ?? [];
  const agreed = element === undefined ? 'no answer' : extension.confirm(element);
  if (typeof agreed === 'string') throw new Error(agreed);
  return [agreed, agreedByServer(answer)];
}

describe.each(['server', 'client'] as const)('%s', (side) => {
  test.each(deflateCases)('$id $about', async (one) => {
    const [agreed, deflate] = agree(side, one);
    const party = new DeflateCodecParty(side, agreed, deflate);
    const verdict = await playDeflate(one, party, deflate, 0);
    deflate.close();
    report.add(one, `codec ${side}`, verdict);
    expect(verdict).toEqual(strict);
  });
});
