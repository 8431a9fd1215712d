import { type ErrorTable, errorTable } from '@lws-ts/interface';

/** The codes of `@lws-ts/peer-limits`. */
export const peerLimitErrors: ErrorTable<
  | 'LWS_ERR_PEER_BYTE_RATE'
  | 'LWS_ERR_PEER_CONNECTION_RATE'
  | 'LWS_ERR_PEER_FORWARDED'
  | 'LWS_ERR_PEER_LIMIT_WSI'
  | 'LWS_ERR_PEER_MESSAGE_RATE'
  | 'LWS_ERR_PEER_PROXY_HEADER'
  | 'LWS_ERR_PEER_REQUEST_RATE'
> = errorTable({
  LWS_ERR_PEER_BYTE_RATE: {
    message: 'a peer sends more bytes over its WebSockets than it may',
    hint: 'Send less; ipWsBytesPerSec and ipWsBytesBurst of the context say how much one address may send.',
    closeCode: 1008,
  },
  LWS_ERR_PEER_CONNECTION_RATE: {
    message: 'a peer makes connections faster than it may',
    hint: 'Keep connections open and reuse them; ipConnectionsPerSec and ipConnectionsBurst of the context say how many one address may make.',
    status: 429,
  },
  LWS_ERR_PEER_FORWARDED: {
    message: 'a trusted proxy does not say in a known form who a request is from',
    hint: 'Check that the proxy sends the header that forwardedBy of the context names, in the form of RFC 7239 or as a list of addresses.',
    status: 400,
  },
  LWS_ERR_PEER_LIMIT_WSI: {
    message: 'a peer has as many connections as it may',
    hint: 'Close one first; ipLimitWsi of the context says how many one address may have, and should leave room for those behind one NAT.',
    status: 429,
  },
  LWS_ERR_PEER_MESSAGE_RATE: {
    message: 'a peer sends WebSocket messages faster than it may',
    hint: 'Send fewer; ipWsMessagesPerSec and ipWsMessagesBurst of the context say how many one address may send.',
    closeCode: 1008,
  },
  LWS_ERR_PEER_PROXY_HEADER: {
    message: 'a trusted proxy did not begin with a header of the PROXY protocol',
    hint: 'Turn the PROXY protocol on for this server in the proxy, or turn proxyProtocol of the context off; the message says what was wrong. If the header is slow, raise proxyHeaderTimeoutSecs.',
  },
  LWS_ERR_PEER_REQUEST_RATE: {
    message: 'a peer makes requests faster than it may',
    hint: 'Ask less often; ipRequestsPerSec and ipRequestsBurst of the context say how often one address may ask.',
    status: 429,
  },
});
