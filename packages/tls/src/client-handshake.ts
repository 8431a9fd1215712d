/** The client's side of TLS over a socket that is connected already. */
import { isIP, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type CodedError, LwsError, type Secured, type Transport } from '@lws-ts/interface';
import { reasonOf, tlsErrors } from './errors.ts';
import { isIssuedByKnown } from './issuers.ts';
import { tls } from './node-tls.ts';
import type { TlsConnectOptions } from './options.ts';
import type { ClientSupply } from './secure-contexts.ts';
import { TlsTransport } from './tls-transport.ts';

/** What OpenSSL says of a certificate that nobody it knows has issued. */
const unknownIssuer = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
const outOfDate = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);

/** Secures `plain` as a client of `serverName`; `done` is called once, and never before this returned. */
export function clientHandshake(
  plain: Transport,
  serverName: string,
  supply: ClientSupply,
  allowed: TlsConnectOptions,
  done: Secured,
): void {
  const raw = plain.release() as Socket | undefined;
  if (raw === undefined) {
    setImmediate(() => done(new LwsError(tlsErrors.LWS_ERR_TLS_TRANSPORT, plain.kind)));
    return;
  }
  const host = serverName.startsWith('[') ? serverName.slice(1, -1) : serverName;
  let settled = false;
  const settle = (result: Transport | CodedError): void => {
    if (settled) return;
    settled = true;
    done(result);
  };
  const failed = (cause: Error): void =>
    settle(new LwsError(tlsErrors.LWS_ERR_TLS_HANDSHAKE, reasonOf(cause), { cause }));
  raw.on('error', failed);
  const socket = tls().connect({
    secureContext: supply.context,
    ALPNProtocols: ['http/1.1'],
    socket: raw,
    host,
    // an address is no server name, and its last dot no part of it (RFC 6066 §3)
    ...(isIP(host) === 0 ? { servername: host.replace(/\.$/, '') } : {}),
    // judged below, where each reason can be allowed by itself
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
  socket.once('secureConnect', () => {
    if (settled) return;
    const wrong = judge(socket, host, supply, allowed);
    // at once: a request leaves with the end of the handshake, in one write
    if (wrong === undefined) settle(new TlsTransport(socket, raw, plain));
    else {
      settle(new LwsError(tlsErrors.LWS_ERR_TLS_SERVER_CERTIFICATE, wrong));
      // OpenSSL is still at work below: it would lose the socket under its feet
      setImmediate(() => socket.destroy());
    }
  });
  socket.on('error', failed);
  socket.once('close', () => failed(new Error('the server closed')));
}

/** Why the server's certificate is not accepted, if it is not. */
function judge(
  socket: TLSSocket,
  host: string,
  supply: ClientSupply,
  allowed: TlsConnectOptions,
): string | undefined {
  if (allowed.allowInsecure === true) return undefined;
  const reason = socket.authorized ? undefined : String(socket.authorizationError);
  const excused =
    reason === undefined ||
    (allowed.allowSelfsigned === true && unknownIssuer.has(reason)) ||
    (allowed.allowExpired === true && outOfDate.has(reason));
  if (!excused) return `${host}: ${reason}`;
  const hidden = outOfDate.has(reason ?? '') ? hiddenFault(socket, supply, allowed) : undefined;
  if (hidden !== undefined) return `${host}: ${reason}, and ${hidden}`;
  if (allowed.skipServerCertHostnameCheck === true) return undefined;
  return tls().checkServerIdentity(host, socket.getPeerCertificate())?.message;
}

/** OpenSSL tells the last fault it finds, and looks at dates last: what may stand behind an excused date. */
function hiddenFault(
  socket: TLSSocket,
  { cas, revokes }: ClientSupply,
  { allowSelfsigned }: TlsConnectOptions,
): string | undefined {
  if (revokes) return 'whether it was revoked cannot be told';
  if (allowSelfsigned === true || isIssuedByKnown(socket, cas)) return undefined;
  return 'nobody who is known has issued it';
}
