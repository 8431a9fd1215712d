/**
 * The opening handshake, client side (RFC 6455 §4.1): what is asked, and whether an answer is the one to it.
 * Pure over the answer; nothing is sent here.
 */

import type { ClientAnswer } from '@lws-ts/http';
import { type CodedError, type HttpFields, LwsError } from '@lws-ts/interface';
import {
  type AgreedExtension,
  type ExtensionElement,
  readExtensionList,
  type WsExtension,
  writeExtensionList,
} from '@lws-ts/ws-framing';
import { wsErrors } from './errors.ts';
import { acceptFor } from './handshake.ts';
import { crypto } from './node-crypto.ts';
import { isToken, listHasToken } from './token-list.ts';

/** What a handshake asks for. */
export interface AskedHandshake {
  readonly key: string;
  /** In order of preference. */
  readonly protocols: readonly string[];
  readonly extensions: readonly WsExtension[];
  /** What is offered of them. */
  readonly offers: readonly ExtensionElement[];
}

/** A fresh key of 16 bytes, as base64. */
export function newHandshakeKey(): string {
  return crypto().randomBytes(16).toString('base64');
}

/** The fields of the request. */
export function handshakeFields({ key, protocols, offers }: AskedHandshake): HttpFields {
  const fields: [string, string][] = [
    ['pragma', 'no-cache'],
    ['cache-control', 'no-cache'],
    ['upgrade', 'websocket'],
    ['connection', 'Upgrade'],
    ['sec-websocket-key', key],
    ['sec-websocket-version', '13'],
  ];
  if (protocols.length > 0) fields.push(['sec-websocket-protocol', protocols.join(', ')]);
  if (offers.length > 0) fields.push(['sec-websocket-extensions', writeExtensionList(offers)]);
  return fields;
}

/** What the server chose: a subprotocol, or none. */
export interface AnsweredHandshake {
  readonly protocol: string | undefined;
  readonly extension: AgreedExtension | undefined;
}

/** Judges an answer by RFC 6455 §4.1, one line a rule, in its order. */
export function judgeAnswer(
  answer: ClientAnswer,
  asked: AskedHandshake,
): AnsweredHandshake | CodedError {
  const { key, protocols } = asked;
  if (answer.status !== 101) return refusal(answer);
  if (answer.minor === 0) return wrong('HTTP/1.0 has no Upgrade');
  const fields = new AnswerFields(answer);
  const upgrade = fields.single('upgrade');
  if (upgrade?.toLowerCase() !== 'websocket') return wrong('Upgrade is not websocket');
  if (!listHasToken(fields.joined('connection') ?? '', 'upgrade'))
    return wrong('Connection does not list upgrade');
  if (fields.single('sec-websocket-accept') !== acceptFor(key))
    return wrong('Sec-WebSocket-Accept is not the answer to the key');
  const extension = judgeExtensions(fields, asked);
  if (typeof extension === 'string') return wrong(extension);
  if (!fields.has('sec-websocket-protocol')) return { protocol: undefined, extension };
  const protocol = fields.single('sec-websocket-protocol');
  if (protocol === undefined || !isToken(protocol) || !protocols.includes(protocol))
    return wrong('a subprotocol that was not asked for');
  return { protocol, extension };
}

/** RFC 6455 §4.1, point 5; a string says what is wrong. */
function judgeExtensions(
  fields: AnswerFields,
  { extensions, offers }: AskedHandshake,
): AgreedExtension | string | undefined {
  const text = fields.joined('sec-websocket-extensions');
  if (text === undefined) return undefined;
  const elements = readExtensionList(text);
  const [element, second] = elements ?? [];
  if (element === undefined) return 'Sec-WebSocket-Extensions is no list';
  const extension = extensions.find(({ name }) => name === element.name);
  if (extension === undefined) return 'an extension that was not offered';
  if (second !== undefined) return 'more than one extension for the same bit';
  const offered = offers.filter(({ name }) => name === element.name);
  return extension.confirm(element, offered);
}

function refusal(answer: ClientAnswer): CodedError {
  const detail = `${answer.status} ${answer.reason}`.trimEnd();
  return new LwsError({ ...wsErrors.LWS_ERR_WS_CLIENT_STATUS, status: answer.status }, detail);
}

function wrong(detail: string): CodedError {
  return new LwsError(wsErrors.LWS_ERR_WS_CLIENT_ANSWER, detail);
}

/** The fields of an answer, those that came more than once joined. */
class AnswerFields {
  readonly #values = new Map<string, string[]>();

  constructor(answer: ClientAnswer) {
    answer.each((name, value) => {
      const values = this.#values.get(name);
      if (values === undefined) this.#values.set(name, [value]);
      else values.push(value);
    });
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  single(name: string): string | undefined {
    const values = this.#values.get(name);
    return values?.length === 1 ? values[0] : undefined;
  }

  joined(name: string): string | undefined {
    return this.#values.get(name)?.join(',');
  }
}
