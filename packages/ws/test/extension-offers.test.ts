/** Which of a client's offers a server agrees to. */
import { type AgreedExtension, type ExtensionElement, permessageDeflate } from '@lws-ts/ws-framing';
import { expect, test } from 'vitest';
import { agreeOn } from '../src/extension-offers.ts';

const deflate = (...params: (readonly [string, string | undefined])[]): ExtensionElement => ({
  name: 'permessage-deflate',
  params,
});
const bits = (value: string) => deflate(['server_max_window_bits', value]);

/** The agreed element's parameters, and how often the program was asked. */
function agree(offers: readonly ExtensionElement[], answer = true): [unknown, number] {
  let asked = 0;
  const agreed: AgreedExtension | undefined = agreeOn(offers, [permessageDeflate()], () => {
    asked++;
    return answer;
  });
  const params = agreed && new Map(agreed.element.params);
  return [params?.get('server_max_window_bits'), asked];
}

test('the first that can be read counts', () => {
  expect(agree([bits('7'), { name: 'x-y', params: [] }, bits('9'), bits('10')])).toEqual(['9', 1]);
});

test('of one name the program is asked once, and its no is for all of them', () => {
  expect(agree([bits('9'), bits('10'), bits('11')], false)).toEqual([undefined, 1]);
});

test('it is not asked about what cannot be used', () => {
  expect(agree([bits('7'), bits('09'), bits('')])).toEqual([undefined, 0]);
});
