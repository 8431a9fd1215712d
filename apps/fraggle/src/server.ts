/** The server: one vhost that spams everybody who connects. */
import { type FraggleWatcher, watchedFraggle } from '@lws-ts/protocols/fraggle';
import { createContext, devCerts, type LwsContext } from 'lws-ts';
import { deflateOptions } from './deflate.ts';

/** What both sides are told. */
export interface FraggleOptions {
  /** Of what is sent: the same seed, the same rounds on each connection. @defaultValue by chance */
  readonly seed?: number;
  /** Rounds of a connection; after so many it is closed. @defaultValue without end */
  readonly rounds?: number;
  /** The client sends rounds too, and the server compares their sums. @defaultValue false */
  readonly both?: boolean;
  /** Speak permessage-deflate. @defaultValue false */
  readonly deflate?: boolean;
  /**
   * Speak TLS: a server by a certificate for development, and a client that accepts any certificate that nobody knows
   * and those of other names. For tests. @defaultValue false
   */
  readonly ssl?: boolean;
  /** Told of each round. */
  readonly watcher?: FraggleWatcher;
}

/** What {@link startFraggleServer} is told. */
export interface FraggleServerOptions extends FraggleOptions {
  /** 0: the system chooses. @defaultValue 7681 */
  readonly port?: number;
  /** Network interface or address to listen on. @defaultValue all */
  readonly interface?: string;
}

/** Starts the server. @throws (rejects) `LWS_ERR_LISTEN` */
export async function startFraggleServer(options: FraggleServerOptions = {}): Promise<LwsContext> {
  return createContext({
    vhosts: [
      {
        name: 'fraggle',
        port: options.port ?? 7681,
        ...(options.interface === undefined ? {} : { interface: options.interface }),
        ...deflateOptions(options.deflate ?? false),
        ...(options.ssl === true ? servedPair() : {}),
        protocols: [watchedFraggle(options.watcher ?? {}).with(pvoOf(options))],
      },
    ],
  });
}

function servedPair() {
  const { sslCertFilepath, sslPrivateKeyFilepath } = devCerts();
  return { sslCertFilepath, sslPrivateKeyFilepath };
}

/** The options of the protocol. */
export function pvoOf({ seed, rounds, both }: FraggleOptions) {
  return {
    ...(seed === undefined ? {} : { seed }),
    ...(rounds === undefined ? {} : { rounds }),
    both: both ?? false,
  };
}
