/**
 * How a peer agrees on permessage-deflate (RFC 7692 §7.1), on either side: it asks for what a case wishes, and
 * takes no answer that is not one to what it asked.
 */
import type { Wish } from '../cases/deflate.ts';
import { PeerDeflate } from './peer-deflate.ts';

/** Both parameters of a direction: whether its context is kept, and its window. */
type Params = ReadonlyMap<string, string | undefined>;

/** What a client of the peer's asks for, best first. */
export function offerText(wishes: readonly Wish[]): string {
  return wishes
    .map(({ noContextTakeover, windowBits }) =>
      [
        'permessage-deflate',
        'client_max_window_bits',
        ...(noContextTakeover ? ['server_no_context_takeover'] : []),
        ...(windowBits === undefined ? [] : [`server_max_window_bits=${windowBits}`]),
      ].join('; '),
    )
    .join(', ');
}

/** What a server of the peer's answers to an offer: the offer's own wishes, and those of the case. */
export function answerText(offered: string | undefined, [wish]: readonly Wish[]): string {
  const offer = paramsOf(offered);
  const words = ['permessage-deflate'];
  if (offer.has('server_no_context_takeover')) words.push('server_no_context_takeover');
  const bits = offer.get('server_max_window_bits');
  if (bits !== undefined) words.push(`server_max_window_bits=${bits}`);
  if (wish?.noContextTakeover === true) words.push('client_no_context_takeover');
  if (wish?.windowBits !== undefined && offer.has('client_max_window_bits'))
    words.push(`client_max_window_bits=${wish.windowBits}`);
  return words.join('; ');
}

/** As a client: by the server's answer, which has to keep to the wishes. @throws when it does not */
export function agreedByClient(answer: string | undefined, wishes: readonly Wish[]): PeerDeflate {
  const params = paramsOf(answer);
  const serverBits = Number(params.get('server_max_window_bits') ?? 15);
  const forgets = params.has('server_no_context_takeover');
  const kept = wishes.some(
    ({ noContextTakeover, windowBits }) =>
      (!noContextTakeover || forgets) && serverBits <= (windowBits ?? 15),
  );
  if (!kept) throw new Error(`not what was offered: ${answer}`);
  return new PeerDeflate({
    outTakeover: !params.has('client_no_context_takeover'),
    outBits: Number(params.get('client_max_window_bits') ?? 15),
    inTakeover: !forgets,
    inBits: serverBits,
  });
}

/** As a server: by its own answer. */
export function agreedByServer(answer: string | undefined): PeerDeflate {
  const params = paramsOf(answer);
  return new PeerDeflate({
    outTakeover: !params.has('server_no_context_takeover'),
    outBits: Number(params.get('server_max_window_bits') ?? 15),
    inTakeover: !params.has('client_no_context_takeover'),
    inBits: Number(params.get('client_max_window_bits') ?? 15),
  });
}

/** The parameters of the first element. @throws when it is another extension, or there is none */
function paramsOf(text: string | undefined): Params {
  const [name, ...params] = (text?.split(',')[0] ?? '').split(';').map((word) => word.trim());
  if (name !== 'permessage-deflate') throw new Error(`no permessage-deflate: ${text}`);
  return new Map(
    params.map((param) => {
      const [key = '', value] = param.split('=');
      return [key, value];
    }),
  );
}
