/** TLS for clients, as little as a test needs of it: the contract of `TransportSecurity` over `node:tls`. */
import type { Socket } from 'node:net';
import { connect } from 'node:tls';
import { DuplexTransport } from '@lws-ts/core';
import { type CodedError, LwsError, type LwsModule } from '@lws-ts/interface';

const tlsFailed: CodedError = {
  code: 'LWS_ERR_TLS_TEST' as CodedError['code'],
  message: 'the TLS handshake failed',
  hint: '',
};

/** @param ca what servers are trusted by */
export function tlsModule(ca: string): LwsModule {
  return {
    name: 'tls-of-a-test',
    needs: [],
    contextOptions: {},
    vhostOptions: {},
    install: () => ({
      security: () => ({
        accept: () => undefined,
        reload: () => undefined,
        destroy: () => undefined,
        connect(plain, servername, done) {
          const numeric = /^[\d.]+$/.test(servername);
          const socket = connect({
            socket: plain.release() as Socket,
            ca,
            host: servername,
            ...(numeric ? {} : { servername }),
          });
          let settled = false;
          const settle = (error: Error | undefined): void => {
            if (settled) return;
            settled = true;
            done(
              error === undefined
                ? new DuplexTransport(socket)
                : new LwsError(tlsFailed, error.message, { cause: error }),
            );
          };
          socket.once('secureConnect', () => settle(undefined));
          socket.on('error', settle);
          socket.once('close', () => settle(new Error('closed')));
        },
      }),
    }),
  };
}
