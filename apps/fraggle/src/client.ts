/** The client: one connection whose rounds are summed and compared. */
import { watchedFraggle } from '@lws-ts/protocols/fraggle';
import { createContext } from 'lws-ts';
import { deflateOptions } from './deflate.ts';
import { type FraggleOptions, pvoOf } from './server.ts';

/** What {@link runFraggleClient} is told. */
export interface FraggleClientOptions extends FraggleOptions {
  /** Name or address of the server. */
  readonly host: string;
  /** @defaultValue 7681 */
  readonly port?: number;
  /** The address to connect from. @defaultValue the system's choice */
  readonly localAddress?: string;
  /** Ends it in order when it is aborted. */
  readonly signal?: AbortSignal;
}

/** How a client's connection went. */
export interface FraggleReport {
  /** Rounds received, the wrong ones too. */
  readonly rounds: number;
  /** Rounds whose sums were not the same. */
  readonly errors: number;
  /** Bytes of all rounds received. */
  readonly bytes: number;
  /** Rounds sent, with `both`. */
  readonly sent: number;
  /** The close code of the peer; 1006: the connection broke. */
  readonly closeCode: number;
  /** What the peer said with it. */
  readonly closeReason: string;
}

/**
 * Connects, and resolves when the connection is over.
 *
 * @throws (rejects) with what `client.connectionError` is told, when there was no connection
 */
export async function runFraggleClient(options: FraggleClientOptions): Promise<FraggleReport> {
  const { host, port = 7681, localAddress, signal, watcher = {}, ssl = false } = options;
  const report = { rounds: 0, errors: 0, bytes: 0, sent: 0, closeCode: 1006, closeReason: '' };
  let settle = (_error?: Error): void => undefined;
  const over = new Promise<void>((resolve, reject) => {
    settle = (error) => (error === undefined ? resolve() : reject(error));
  });
  const protocol = watchedFraggle({
    ...watcher,
    sent(side, id, round) {
      report.sent++;
      watcher.sent?.(side, id, round);
    },
    received(side, id, round) {
      report.rounds++;
      report.bytes += round.bytes;
      if (!round.ok) report.errors++;
      watcher.received?.(side, id, round);
    },
    closed(side, id, code, reason) {
      report.closeCode = code;
      report.closeReason = reason;
      watcher.closed?.(side, id, code, reason);
      settle();
    },
    connectionError(error) {
      watcher.connectionError?.(error);
      settle(error);
    },
  });
  const vhost = {
    name: 'fraggle',
    port: -1,
    ...deflateOptions(options.deflate ?? false),
    protocols: [protocol.with(pvoOf(options))],
  };
  const context = await createContext({ vhosts: [vhost] });
  const stop = (): void => void context.close({ deadlineSecs: closeDeadlineSecs });
  try {
    context.connect({
      address: host,
      port,
      protocols: protocol.name,
      ...(localAddress === undefined ? {} : { localAddress }),
      ...(ssl ? { ssl, allowSelfsigned: true, skipServerCertHostnameCheck: true } : {}),
    });
    signal?.addEventListener('abort', stop);
    if (signal?.aborted === true) stop();
    await over;
  } finally {
    signal?.removeEventListener('abort', stop);
    await context.close({ deadlineSecs: closeDeadlineSecs });
  }
  return report;
}

const closeDeadlineSecs = 5;
