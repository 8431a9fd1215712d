import { describe, expect, test } from 'vitest';
import { readExtensionList, writeExtensionList } from '../src/extension-list.ts';
import { type DeflateOptions, permessageDeflate, setDeflateLimits } from '../src/index.ts';

const element = (text: string) => {
  const [read] = readExtensionList(text) ?? [];
  if (read === undefined) throw new Error(`no element: ${text}`);
  return read;
};
const written = (one: ReturnType<typeof element>) =>
  writeExtensionList([one])
    .replace('permessage-deflate', 'pmd')
    .replaceAll('_no_context_takeover', '_forget')
    .replaceAll('_max_window_bits', '_bits');
const full = (text: string) =>
  text
    .replaceAll('pmd', 'permessage-deflate')
    .replaceAll('_forget', '_no_context_takeover')
    .replaceAll('_bits', '_max_window_bits');

const takeover: DeflateOptions = { serverNoContextTakeover: false, clientNoContextTakeover: false };

/** RFC 7692 §7.1, from a server's side: options, offer, answer. */
describe('a server answers', () => {
  test.each([
    [{}, 'pmd', 'pmd; server_forget; client_forget'],
    [takeover, 'pmd', 'pmd'],
    [takeover, 'pmd; server_forget', 'pmd; server_forget'],
    [takeover, 'pmd; client_forget', 'pmd; client_forget'],
    [takeover, 'pmd; server_bits=10', 'pmd; server_bits=10'],
    [takeover, 'pmd; server_bits=15', 'pmd; server_bits=15'],
    [takeover, 'pmd; server_bits=8', 'pmd; server_bits=8'],
    [takeover, 'pmd; server_bits="12"', 'pmd; server_bits=12'],
    [takeover, 'pmd; client_bits', 'pmd'],
    [takeover, 'pmd; client_bits=10', 'pmd; client_bits=10'],
    [takeover, 'pmd; client_bits=15', 'pmd'],
    [{ ...takeover, serverMaxWindowBits: 9 }, 'pmd', 'pmd; server_bits=9'],
    [{ ...takeover, serverMaxWindowBits: 9 }, 'pmd; server_bits=8', 'pmd; server_bits=8'],
    [{ ...takeover, serverMaxWindowBits: 9 }, 'pmd; server_bits=12', 'pmd; server_bits=9'],
    [{ ...takeover, clientMaxWindowBits: 9 }, 'pmd', 'pmd'],
    [{ ...takeover, clientMaxWindowBits: 9 }, 'pmd; client_bits', 'pmd; client_bits=9'],
    [{ ...takeover, clientMaxWindowBits: 9 }, 'pmd; client_bits=12', 'pmd; client_bits=9'],
    [{ ...takeover, serverNoContextTakeover: true }, 'pmd', 'pmd; server_forget'],
    [{ ...takeover, clientNoContextTakeover: true }, 'pmd', 'pmd; client_forget'],
  ] as const)('%j %s → %s', (options, offer, answer) => {
    const agreed = permessageDeflate(options).accept(element(full(offer)));
    expect(agreed && written(agreed.element)).toBe(answer);
  });

  test.each([
    'pmd; server_bits',
    'pmd; server_bits=7',
    'pmd; server_bits=16',
    'pmd; server_bits=08',
    'pmd; server_bits=99999999999',
    'pmd; server_bits=1e1',
    'pmd; server_bits=0x9',
    'pmd; client_bits=7',
    'pmd; client_bits=16',
    'pmd; client_bits=010',
    'pmd; server_forget=1',
    'pmd; client_forget=true',
    'pmd; other',
    'pmd; server_forget; server_forget',
    'pmd; client_bits; client_bits=10',
    'pmd; __proto__',
    'pmd; constructor=1',
  ])('declines %s', (offer) => {
    expect(permessageDeflate().accept(element(full(offer)))).toBeUndefined();
  });
});

/** From a client's side: options, the offer, an answer, what is wrong with it. */
describe('a client', () => {
  test.each([
    [{}, 'pmd; server_forget; client_forget; client_bits'],
    [takeover, 'pmd; client_bits'],
    [
      { ...takeover, serverMaxWindowBits: 10, clientMaxWindowBits: 11 },
      'pmd; server_bits=10; client_bits=11',
    ],
  ])('%j offers %s', (options, offer) => {
    expect(permessageDeflate(options).offers().map(written)).toEqual([offer]);
  });

  test.each([
    [{}, 'pmd; server_forget', undefined],
    [{}, 'pmd; server_forget; client_forget; server_bits=8; client_bits=8', undefined],
    [{}, 'pmd', 'server_no_context_takeover was asked for'],
    [takeover, 'pmd', undefined],
    [takeover, 'pmd; server_forget', undefined],
    [takeover, 'pmd; client_bits', 'client_max_window_bits has no value'],
    [takeover, 'pmd; client_bits=16', 'permessage-deflate with a parameter that is none'],
    [takeover, 'pmd; nonsense', 'permessage-deflate with a parameter that is none'],
    [
      takeover,
      'pmd; server_forget; server_forget',
      'permessage-deflate with a parameter that is none',
    ],
    [
      { ...takeover, serverMaxWindowBits: 10 },
      'pmd',
      'server_max_window_bits is over what was asked for',
    ],
    [
      { ...takeover, serverMaxWindowBits: 10 },
      'pmd; server_bits=11',
      'server_max_window_bits is over what was asked for',
    ],
    [{ ...takeover, serverMaxWindowBits: 10 }, 'pmd; server_bits=9', undefined],
    [
      { ...takeover, clientMaxWindowBits: 10 },
      'pmd; client_bits=11',
      'client_max_window_bits is over what was offered',
    ],
    [{ ...takeover, clientMaxWindowBits: 10 }, 'pmd; client_bits=10', undefined],
  ] as const)('%j judges %s: %s', (options, answer, fault) => {
    const confirmed = permessageDeflate(options).confirm(element(full(answer)));
    if (fault === undefined) expect(confirmed).toMatchObject({ name: 'permessage-deflate' });
    else expect(confirmed).toBe(fault);
  });
});

const sink = { decoded() {}, decodedEnd() {}, decodeReady() {}, decodeFailed() {} };

test.each([
  [{}, 'pmd; server_forget', false],
  [{}, 'pmd; server_forget; client_forget', false],
  [{ clientNoContextTakeover: false }, 'pmd; server_forget', true],
  [{ clientNoContextTakeover: false }, 'pmd; server_forget; client_forget', false],
])('a client with %j that is answered %s keeps a window: %s', (options, answer, keeps) => {
  const extension = permessageDeflate(options);
  const agreed = extension.confirm(element(full(answer)), extension.offers());
  if (typeof agreed === 'string') throw new Error(agreed);
  const session = agreed.open(sink);
  const message = new TextEncoder().encode('what was said before '.repeat(20));
  const first = session.encode(message, true, true).length;
  expect(session.encode(message, true, true).length < first).toBe(keeps);
  expect(session.shareKey === undefined).toBe(keeps);
  session.close();
});

test('connections share what was encoded where all that it is made with is the same', () => {
  const key = (options: DeflateOptions, offer = 'pmd'): string | undefined =>
    permessageDeflate(options)
      .accept(element(full(offer)))
      ?.open(sink).shareKey;
  expect(key({})).toBe(key({ threshold: 0 }, 'pmd; client_bits'));
  const different = [
    key({}),
    key({}, 'pmd; server_bits=9'),
    key({ memLevel: 9 }),
    key({ compressionLevel: 9 }),
  ];
  expect(new Set(different).size).toBe(different.length);
});

test('over the limit of contexts nobody keeps one', () => {
  setDeflateLimits({ contexts: 1 });
  const extension = permessageDeflate(takeover);
  const offer = element('permessage-deflate');
  const session = extension.accept(offer)?.open(sink);
  const second = extension.accept(offer);
  expect(second && written(second.element)).toBe('pmd; server_forget; client_forget');
  expect(extension.offers().map(written)).toEqual([
    'pmd; server_forget; client_forget; client_bits',
  ]);
  // what was offered is what an answer is judged by, then and later
  const offered = extension.offers();
  const answer = element('permessage-deflate');
  expect(extension.confirm(answer, offered)).toBe('server_no_context_takeover was asked for');
  session?.close();
  expect(extension.confirm(answer, offered)).toBe('server_no_context_takeover was asked for');
  expect(extension.confirm(answer, extension.offers())).toMatchObject({
    element: { name: 'permessage-deflate' },
  });
  session?.close();
  const third = extension.accept(offer);
  expect(third && written(third.element)).toBe('pmd');
  setDeflateLimits({});
});

test.each([
  [{ threshold: -1 }, 'LWS_ERR_OPTION'],
  [{ serverMaxWindowBits: 7 }, 'LWS_ERR_OPTION'],
  [{ clientMaxWindowBits: 16 }, 'LWS_ERR_OPTION'],
  [{ compressionLevel: 10 }, 'LWS_ERR_OPTION'],
  [{ memLevel: 0 }, 'LWS_ERR_OPTION'],
  [{ rxBufSize: 6 }, 'LWS_ERR_OPTION'],
  [{ txBufSize: 21 }, 'LWS_ERR_OPTION'],
  [{ treshold: 1 }, 'LWS_ERR_OPTION_UNKNOWN'],
])('%j is refused', (options, code) => {
  expect(() => permessageDeflate(options as DeflateOptions)).toThrow(
    expect.objectContaining({ code }),
  );
});
