import { type ErrorTable, errorTable } from '@lws-ts/interface';

/** The codes of `@lws-ts/ws`. */
export const wsErrors: ErrorTable<
  | 'LWS_ERR_WS_CLIENT_ANSWER'
  | 'LWS_ERR_WS_CLIENT_PROTOCOL'
  | 'LWS_ERR_WS_CLIENT_REFUSED'
  | 'LWS_ERR_WS_CLIENT_STATUS'
  | 'LWS_ERR_WS_CLOSE_ARGUMENTS'
  | 'LWS_ERR_WS_CLOSE_TIMEOUT'
  | 'LWS_ERR_WS_DATA'
  | 'LWS_ERR_WS_DROPPED'
  | 'LWS_ERR_WS_FRAGMENT_ORDER'
  | 'LWS_ERR_WS_HANDSHAKE_BODY'
  | 'LWS_ERR_WS_HANDSHAKE_EXTENSIONS'
  | 'LWS_ERR_WS_HANDSHAKE_KEY'
  | 'LWS_ERR_WS_HANDSHAKE_METHOD'
  | 'LWS_ERR_WS_HANDSHAKE_NO_PROTOCOL'
  | 'LWS_ERR_WS_HANDSHAKE_ORIGIN'
  | 'LWS_ERR_WS_HANDSHAKE_PROTOCOLS'
  | 'LWS_ERR_WS_HANDSHAKE_REFUSED'
  | 'LWS_ERR_WS_HANDSHAKE_UPGRADE'
  | 'LWS_ERR_WS_HANDSHAKE_VERSION'
  | 'LWS_ERR_WS_MESSAGE_SIZE'
  | 'LWS_ERR_WS_OUTPUT'
  | 'LWS_ERR_WS_PING_RATE'
  | 'LWS_ERR_WS_SLOW_PEER'
  | 'LWS_ERR_WS_STALLED'
  | 'LWS_ERR_WS_TINY_FRAGMENTS'
  | 'LWS_ERR_WS_TOO_MANY_FRAGMENTS'
  | 'LWS_ERR_WS_VALIDITY'
> = errorTable({
  LWS_ERR_WS_CLIENT_ANSWER: {
    message: 'the answer to the handshake is wrong',
    hint: 'The server breaks RFC 6455 §4.2.2, or an intermediary changes its answers; the message says what.',
  },
  LWS_ERR_WS_CLIENT_PROTOCOL: {
    message: 'no protocol of the vhost can take the connection',
    hint: 'Give the vhost a protocol with a client group, or name one of its protocols in localProtocol.',
  },
  LWS_ERR_WS_CLIENT_REFUSED: {
    message: 'the protocol refused the connection',
    hint: 'Its appendHandshakeHeader or filterPreEstablish said no.',
  },
  LWS_ERR_WS_CLIENT_STATUS: {
    message: 'the server did not accept the WebSocket',
    hint: 'Its status says why: 401 and 403 ask for credentials or another Origin, 404 for another path, 400 for another subprotocol.',
  },
  LWS_ERR_WS_CLOSE_ARGUMENTS: {
    message: 'close() was given what a close frame cannot carry',
    hint: 'Codes are 1000 to 1003, 1007 to 1014 or 3000 to 4999; a reason is a string and needs a code.',
  },
  LWS_ERR_WS_CLOSE_TIMEOUT: {
    message: 'the peer did not answer the close frame in time',
    hint: 'Nothing to do; closeSendSecs and closeAckSecs say how long a peer has.',
  },
  LWS_ERR_WS_DATA: {
    message: 'a tx method was given data it cannot send',
    hint: 'text() takes a string, binary() a Uint8Array, ping() a Uint8Array of at most 125 bytes.',
  },
  LWS_ERR_WS_DROPPED: {
    message: 'a message was dropped because its peer is too slow',
    hint: 'The outbox was full and drops the oldest. Send less, raise maxBytes or maxMessages of the Outbox, or set whenFull to "close".',
  },
  LWS_ERR_WS_FRAGMENT_ORDER: {
    message: 'the fragments of a message are out of order',
    hint: 'A fragmented message begins with first: true, ends with final: true, and has nothing but pings in between.',
  },
  LWS_ERR_WS_HANDSHAKE_BODY: {
    message: 'a WebSocket handshake has a body',
    hint: 'A handshake is a GET without content (RFC 6455 §4.1).',
    status: 400,
  },
  LWS_ERR_WS_HANDSHAKE_EXTENSIONS: {
    message: 'Sec-WebSocket-Extensions has an unterminated quoted string',
    hint: 'Close the quote (RFC 6455 §9.1).',
    status: 400,
  },
  LWS_ERR_WS_HANDSHAKE_KEY: {
    message: 'Sec-WebSocket-Key is not one base64 value of 16 bytes',
    hint: 'Send exactly one key of 24 characters (RFC 6455 §4.1).',
    status: 400,
  },
  LWS_ERR_WS_HANDSHAKE_METHOD: {
    message: 'a WebSocket handshake is not a GET',
    hint: 'Use GET (RFC 6455 §4.1).',
    status: 405,
  },
  LWS_ERR_WS_HANDSHAKE_NO_PROTOCOL: {
    message: 'no subprotocol in common',
    hint: 'Offer one that the vhost lists, or mark one of the vhost as default: true for clients that offer none.',
    status: 400,
  },
  LWS_ERR_WS_HANDSHAKE_ORIGIN: {
    message: 'a WebSocket handshake from another origin',
    hint: 'List the origin in allowedOrigins of the vhost if its pages may connect.',
    status: 403,
  },
  LWS_ERR_WS_HANDSHAKE_PROTOCOLS: {
    message: 'Sec-WebSocket-Protocol is not a list of different tokens',
    hint: 'Offer each subprotocol once, without empty elements (RFC 6455 §4.1).',
    status: 400,
  },
  LWS_ERR_WS_HANDSHAKE_REFUSED: {
    message: 'the protocol refused the handshake',
    hint: 'Its filterProtocolConnection said no.',
    status: 403,
  },
  LWS_ERR_WS_HANDSHAKE_UPGRADE: {
    message: 'a WebSocket handshake names more in Upgrade than websocket',
    hint: 'Send "Upgrade: websocket" and nothing else.',
    status: 400,
  },
  LWS_ERR_WS_HANDSHAKE_VERSION: {
    message: 'Sec-WebSocket-Version is not 13',
    hint: 'Send "Sec-WebSocket-Version: 13" once (RFC 6455 §4.1).',
    status: 426,
  },
  LWS_ERR_WS_MESSAGE_SIZE: {
    message: 'a message is larger than maxMessageSize',
    hint: 'Send less, raise maxMessageSize of the vhost, or take chunks with ws.receive.',
    closeCode: 1009,
  },
  LWS_ERR_WS_OUTPUT: {
    message: 'the peer left more than maxOutputBytes of output unread',
    hint: 'Send less at a time to slow peers, or raise maxOutputBytes of the vhost.',
    closeCode: 1013,
  },
  LWS_ERR_WS_PING_RATE: {
    message: 'more pings in a second than maxPingsPerSecond',
    hint: 'Ping less often, or raise maxPingsPerSecond of the vhost.',
    closeCode: 1008,
  },
  LWS_ERR_WS_SLOW_PEER: {
    message: 'the outbox of a peer that is too slow is full',
    hint: 'Send less, raise maxBytes or maxMessages of the Outbox, or set whenFull to "drop-oldest".',
    closeCode: 1013,
  },
  LWS_ERR_WS_STALLED: {
    message: 'a frame that had begun made no progress',
    hint: 'Nothing to do; stalledSecs of the vhost says how long a peer has.',
    closeCode: 1008,
  },
  LWS_ERR_WS_TINY_FRAGMENTS: {
    message: 'too many small fragments in a row',
    hint: 'Send larger fragments: maxTinyFragments in a row must have 64 bytes each on average.',
    closeCode: 1008,
  },
  LWS_ERR_WS_TOO_MANY_FRAGMENTS: {
    message: 'a message has more fragments than maxFragments',
    hint: 'Send larger fragments, or raise maxFragments of the vhost.',
    closeCode: 1008,
  },
  LWS_ERR_WS_VALIDITY: {
    message: 'the peer showed no sign of life for hangupSecs',
    hint: 'Nothing to do; validPingSecs and hangupSecs of the vhost say when a peer is pinged and how long it has.',
  },
});
