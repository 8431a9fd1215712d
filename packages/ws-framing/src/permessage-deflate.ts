/** The extension permessage-deflate (RFC 7692): what is offered and accepted, and the session of a connection. */
import { type OptionRules, resolveOptions } from '@lws-ts/interface';
import type { DeflateEncoder, DeflateSettings } from './deflate-encoder.ts';
import {
  answerDeflate,
  type DeflateParams,
  deflateName,
  faultOfAnswer,
  readDeflateParams,
  writeDeflateParams,
} from './deflate-offer.ts';
import type { AgreedExtension, DecodedSink, ExtensionSession, WsExtension } from './extension.ts';
import type { ExtensionElement } from './extension-list.ts';
import type { InflateDecoder } from './inflate-decoder.ts';
import { engineWanted, setMaxEngines } from './inflate-engine.ts';
import * as lateDeflate from './late-deflate.ts';

/** How permessage-deflate is. lws: the options of lws_extension_callback_pm_deflate */
export interface DeflateOptions {
  /** The server forgets its context after each message. lws: server_no_context_takeover @defaultValue true */
  readonly serverNoContextTakeover?: boolean;
  /** The client forgets its context after each message. lws: client_no_context_takeover @defaultValue true */
  readonly clientNoContextTakeover?: boolean;
  /** The server's window, 8 to 15, as a power of two in bytes. lws: server_max_window_bits @defaultValue 15 */
  readonly serverMaxWindowBits?: number;
  /** The client's window, 8 to 15. lws: client_max_window_bits @defaultValue 15 */
  readonly clientMaxWindowBits?: number;
  /** 0 (none) to 9 (best). lws: compression_level @defaultValue 1 */
  readonly compressionLevel?: number;
  /** Memory that zlib takes while it deflates, 1 to 9. lws: mem_level @defaultValue 8 */
  readonly memLevel?: number;
  /** Messages below this size are sent as they are, in bytes, 0 to 2^31 - 1. @defaultValue 1024 */
  readonly threshold?: number;
  /**
   * Largest chunk of an inflated message given to `ws.receive`, as a power of two: 7 (128 bytes) to 20 (1 MiB);
   * `rxBufferSize` bounds it too. lws: rx_buf_size
   *
   * @defaultValue 10
   */
  readonly rxBufSize?: number;
  /** Largest payload of a frame of a deflated message, as a power of two: 7 to 20. lws: tx_buf_size @defaultValue 16 */
  readonly txBufSize?: number;
}

type Resolved = Required<DeflateOptions>;

/** How each option is read. */
export const deflateOptionRules: OptionRules<DeflateOptions> = {
  serverNoContextTakeover: { kind: 'boolean', fallback: true },
  clientNoContextTakeover: { kind: 'boolean', fallback: true },
  serverMaxWindowBits: { kind: 'integer', fallback: 15, min: 8, max: 15 },
  clientMaxWindowBits: { kind: 'integer', fallback: 15, min: 8, max: 15 },
  compressionLevel: { kind: 'integer', fallback: 1, min: 0, max: 9 },
  memLevel: { kind: 'integer', fallback: 8, min: 1, max: 9 },
  threshold: { kind: 'integer', fallback: 1024, min: 0, max: 2 ** 31 - 1 },
  rxBufSize: { kind: 'integer', fallback: 10, min: 7, max: 20 },
  txBufSize: { kind: 'integer', fallback: 16, min: 7, max: 20 },
};

/** What the whole process spends on compression. */
export interface DeflateLimits {
  /** Long messages that are inflated at a time; others wait. From 1. @defaultValue 64 */
  readonly engines?: number;
  /**
   * Connections that keep a window between messages, at most 36 KiB each; to others a server agrees without
   * takeover, and clients offer none. From 0. @defaultValue 1000
   */
  readonly contexts?: number;
}

/** How each of {@link DeflateLimits} is read. */
export const deflateLimitRules: OptionRules<DeflateLimits> = {
  engines: { kind: 'integer', fallback: 64, min: 1, max: 4096 },
  contexts: { kind: 'integer', fallback: 1000, min: 0, max: 2 ** 31 - 1 },
};

let maxContexts = 1000;
let contexts = 0;

/**
 * Sets what all contexts of lws-ts in the process share; what is left out is as by default again.
 *
 * @throws `LWS_ERR_OPTION`, `LWS_ERR_OPTION_UNKNOWN`
 */
export function setDeflateLimits(limits: DeflateLimits): void {
  const given = limits as Readonly<Record<string, unknown>>;
  const resolved = resolveOptions(deflateLimitRules, given, 'setDeflateLimits()');
  setMaxEngines(resolved['engines'] as number);
  maxContexts = resolved['contexts'] as number;
}

/**
 * The extension, for the list of a vhost or a client. A connection keeps nothing of zlib between messages; without
 * takeover, which is the default, nothing at all.
 *
 * @throws `LWS_ERR_OPTION`, `LWS_ERR_OPTION_UNKNOWN`
 */
export function permessageDeflate(options: DeflateOptions = {}): WsExtension {
  const given = options as Readonly<Record<string, unknown>>;
  const resolved = resolveOptions(
    deflateOptionRules,
    given,
    'permessageDeflate()',
  ) as unknown as Resolved;
  return {
    name: deflateName,
    offers: () => [
      writeDeflateParams(offerOf(mayKeepContext() ? resolved : { ...resolved, ...forgetful })),
    ],
    accept(offer) {
      const read = readDeflateParams(offer);
      if (read === undefined) return undefined;
      const wishes = mayKeepContext() ? resolved : { ...resolved, ...forgetful };
      return new AgreedDeflate(answerDeflate(read, wishes), resolved, true);
    },
    confirm(answer, [offered] = []) {
      const read = readDeflateParams(answer);
      if (read === undefined) return 'permessage-deflate with a parameter that is none';
      const offer = (offered && readDeflateParams(offered)) ?? offerOf(resolved);
      const fault = faultOfAnswer(read, offer);
      if (fault !== undefined) return fault;
      // what a client said that it forgets it may forget whatever the answer says (RFC 7692 §7.1.1.2)
      const clientNoContextTakeover = read.clientNoContextTakeover || offer.clientNoContextTakeover;
      return new AgreedDeflate({ ...read, clientNoContextTakeover }, resolved, false);
    },
  };
}

const forgetful = { serverNoContextTakeover: true, clientNoContextTakeover: true };

function mayKeepContext(): boolean {
  return contexts < maxContexts;
}

function offerOf(options: Resolved): DeflateParams {
  const { serverNoContextTakeover, clientNoContextTakeover } = options;
  const { serverMaxWindowBits, clientMaxWindowBits } = options;
  return {
    serverNoContextTakeover,
    clientNoContextTakeover,
    serverMaxWindowBits: serverMaxWindowBits < 15 ? serverMaxWindowBits : undefined,
    clientMaxWindowBits: clientMaxWindowBits < 15 ? clientMaxWindowBits : true,
  };
}

class AgreedDeflate implements AgreedExtension {
  readonly name = deflateName;
  readonly element: ExtensionElement;
  readonly #params: DeflateParams;
  readonly #options: Resolved;
  readonly #server: boolean;

  constructor(params: DeflateParams, options: Resolved, server: boolean) {
    this.element = writeDeflateParams(params);
    this.#params = params;
    this.#options = options;
    this.#server = server;
  }

  open(sink: DecodedSink): ExtensionSession {
    const { clientMaxWindowBits } = this.#params;
    const server = {
      takeover: !this.#params.serverNoContextTakeover,
      windowBits: this.#params.serverMaxWindowBits ?? 15,
    };
    const client = {
      takeover: !this.#params.clientNoContextTakeover,
      windowBits: typeof clientMaxWindowBits === 'number' ? clientMaxWindowBits : 15,
    };
    return this.#server
      ? new DeflateSession(sink, server, client, this.#options)
      : new DeflateSession(sink, client, server, this.#options);
  }
}

/** One direction as it was agreed on. */
interface Direction {
  readonly takeover: boolean;
  readonly windowBits: number;
}

class DeflateSession implements ExtensionSession {
  readonly name = deflateName;
  readonly #settings: DeflateSettings;
  readonly #encoder: DeflateEncoder;
  readonly #decoder: InflateDecoder;
  readonly #threshold: number;
  readonly #keepsContext: boolean;
  #rxBufSize: number;
  #txBufSize: number;
  /** Made once it is asked for, and again after an option of it was set. */
  #shareKey: string | undefined = undefined;
  #closed = false;

  constructor(sink: DecodedSink, own: Direction, peers: Direction, options: Resolved) {
    // no spread: V8 gives what it makes a shape of its own, and every send asks for these
    this.#settings = {
      windowBits: own.windowBits,
      takeover: own.takeover,
      level: options.compressionLevel,
      memLevel: options.memLevel,
    };
    this.#encoder = new lateDeflate.DeflateEncoder(this.#settings);
    this.#decoder = new lateDeflate.InflateDecoder(sink, peers.takeover, peers.windowBits);
    this.#threshold = options.threshold;
    this.#rxBufSize = options.rxBufSize;
    this.#txBufSize = options.txBufSize;
    this.#keepsContext = own.takeover || peers.takeover;
    if (this.#keepsContext) contexts++;
  }

  get maxMessageSize(): number {
    return this.#decoder.maxMessageSize;
  }

  set maxMessageSize(bytes: number) {
    this.#decoder.maxMessageSize = bytes;
  }

  get kept(): number {
    return this.#decoder.kept;
  }

  get working(): boolean {
    return this.#decoder.working;
  }

  get occupying(): boolean {
    return this.#decoder.occupying;
  }

  get contended(): boolean {
    return engineWanted();
  }

  get rxChunk(): number {
    return 2 ** this.#rxBufSize;
  }

  get txChunk(): number {
    return 2 ** this.#txBufSize;
  }

  get shareKey(): string | undefined {
    if (this.#settings.takeover) return undefined;
    this.#shareKey ??= shareKeyOf(this.#settings, this.#txBufSize);
    return this.#shareKey;
  }

  decode(chunk: Uint8Array, start: number, end: number): void {
    this.#decoder.decode(chunk, start, end);
  }

  decodeEnd(): void {
    this.#decoder.decodeEnd();
  }

  hold(on: boolean): void {
    this.#decoder.hold(on);
  }

  encodes(bytes: number): boolean {
    return bytes >= this.#threshold;
  }

  encode(piece: Uint8Array, first: boolean, final: boolean): Uint8Array {
    return this.#encoder.encode(piece, first, final);
  }

  setOption(name: string, value: string): boolean {
    const rule = adjustable.get(name);
    const given = /^\d{1,3}$/.test(value) ? Number(value) : Number.NaN;
    if (rule === undefined || !(given >= rule.min && given <= rule.max)) return false;
    this.#shareKey = undefined;
    if (name === 'rx_buf_size') this.#rxBufSize = given;
    else if (name === 'tx_buf_size') this.#txBufSize = given;
    else if (name === 'compression_level') this.#settings.level = given;
    else this.#settings.memLevel = given;
    return true;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#decoder.close();
    if (this.#keepsContext) contexts--;
  }
}

const shareKeys = new Map<number, string>();

/** One string for all that encode alike: it is found in maps without a look at its characters. */
function shareKeyOf(settings: DeflateSettings, txBufSize: number): string {
  const { windowBits, level, memLevel } = settings;
  const number = ((windowBits * 16 + level) * 16 + memLevel) * 32 + txBufSize;
  const key =
    shareKeys.get(number) ?? `${deflateName} ${windowBits} ${level} ${memLevel} ${txBufSize}`;
  shareKeys.set(number, key);
  return key;
}

/** What can be set on an open connection, by lws's names. */
const adjustable: ReadonlyMap<string, { readonly min: number; readonly max: number }> = new Map([
  ['rx_buf_size', { min: 7, max: 20 }],
  ['tx_buf_size', { min: 7, max: 20 }],
  ['compression_level', { min: 0, max: 9 }],
  ['mem_level', { min: 1, max: 9 }],
]);
