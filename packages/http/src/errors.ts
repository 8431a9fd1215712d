import { type ErrorTable, errorTable } from '@lws-ts/interface';

const quiet = 'The peer broke the protocol: nothing after the offending byte is read.';
const raise = (option: string): string => `Raise ${option} where such requests are wanted.`;

/** The codes of `@lws-ts/http`: what is refused in a head, limits that were reached, and misuse of an exchange. */
export const httpErrors: ErrorTable<HttpErrorCode> = errorTable({
  LWS_ERR_HTTP_EMPTY_LINES: {
    message: 'more than two empty lines before the request line',
    hint: quiet,
    status: 400,
  },
  LWS_ERR_HTTP_LINE_END: { message: 'a line does not end with CR LF', hint: quiet, status: 400 },
  LWS_ERR_HTTP_METHOD: {
    message: 'the method is not an upper-case token',
    hint: quiet,
    status: 400,
  },
  LWS_ERR_HTTP_METHOD_UNKNOWN: { message: 'the method is not known', hint: quiet, status: 501 },
  LWS_ERR_HTTP_METHOD_NOT_ALLOWED: {
    message: 'the method is never allowed here',
    hint: quiet,
    status: 405,
  },
  LWS_ERR_HTTP_TARGET: {
    message: 'the request target has a byte or a form that is not allowed',
    hint: quiet,
    status: 400,
  },
  LWS_ERR_HTTP_PATH: {
    message: 'the path does not decode to clean UTF-8 segments',
    hint: quiet,
    status: 400,
  },
  LWS_ERR_HTTP_PATH_ABOVE_ROOT: {
    message: 'the path leads above the root',
    hint: quiet,
    status: 400,
  },
  LWS_ERR_HTTP_VERSION: {
    message: 'the line does not name a version like HTTP/1.1',
    hint: quiet,
    status: 400,
  },
  LWS_ERR_HTTP_VERSION_UNSUPPORTED: {
    message: 'the version is neither HTTP/1.0 nor HTTP/1.1',
    hint: quiet,
    status: 505,
  },
  LWS_ERR_HTTP_STATUS_LINE: { message: 'the status line is malformed', hint: quiet, status: 502 },
  LWS_ERR_HTTP_FIELD_NAME: {
    message: 'a field name is not a token followed by a colon',
    hint: quiet,
    status: 400,
  },
  LWS_ERR_HTTP_FIELD_FOLDED: {
    message: 'a field line begins with white space',
    hint: quiet,
    status: 400,
  },
  LWS_ERR_HTTP_FIELD_BYTE: {
    message: 'a field value has a control byte',
    hint: quiet,
    status: 400,
  },
  LWS_ERR_HTTP_REQUEST_LINE_LIMIT: {
    message: 'the request line is longer than maxRequestLine',
    hint: raise('maxRequestLine'),
    status: 414,
  },
  LWS_ERR_HTTP_HEAD_LIMIT: {
    message: 'the head is larger than maxHttpHeaderData',
    hint: raise('maxHttpHeaderData'),
    status: 431,
  },
  LWS_ERR_HTTP_FIELDS_LIMIT: {
    message: 'the head has more fields than maxHeaderFields',
    hint: raise('maxHeaderFields'),
    status: 431,
  },
  LWS_ERR_HTTP_HOST_MISSING: {
    message: 'an HTTP/1.1 request has no Host',
    hint: quiet,
    status: 400,
  },
  LWS_ERR_HTTP_HOST_DUPLICATE: {
    message: 'a request has more than one Host',
    hint: quiet,
    status: 400,
  },
  LWS_ERR_HTTP_HOST: {
    message: 'the host is neither a name nor an address with an optional port',
    hint: quiet,
    status: 400,
  },
  LWS_ERR_HTTP_HOST_MISMATCH: {
    message: 'the host of the target is not that of the Host field',
    hint: quiet,
    status: 400,
  },
  LWS_ERR_HTTP_CONTENT_LENGTH: {
    message: 'Content-Length is not a plain decimal number',
    hint: quiet,
    status: 400,
  },
  LWS_ERR_HTTP_CONTENT_LENGTH_DUPLICATE: {
    message: 'more than one Content-Length',
    hint: quiet,
    status: 400,
  },
  LWS_ERR_HTTP_LENGTH_AND_CODING: {
    message: 'Content-Length and Transfer-Encoding together',
    hint: quiet,
    status: 400,
  },
  LWS_ERR_HTTP_TRANSFER_ENCODING: {
    message: 'Transfer-Encoding is not one field with one coding of HTTP/1.1',
    hint: quiet,
    status: 400,
  },
  LWS_ERR_HTTP_TRANSFER_CODING: {
    message: 'the transfer coding is not supported',
    hint: 'Send the body chunked, or with a Content-Length.',
    status: 501,
  },
  LWS_ERR_HTTP_CHUNK_SIZE: {
    message: 'the size of a chunk is not a plain hexadecimal number',
    hint: quiet,
    status: 400,
  },
  LWS_ERR_HTTP_CHUNK_DATA: {
    message: 'the data of a chunk is not followed by CR LF',
    hint: quiet,
    status: 400,
  },
  LWS_ERR_HTTP_CHUNK_EXTENSION: {
    message: 'a chunk extension is malformed',
    hint: quiet,
    status: 400,
  },
  LWS_ERR_HTTP_CHUNK_EXTENSION_LIMIT: {
    message: 'the chunk extensions of a message are larger than 4 KiB',
    hint: quiet,
    status: 413,
  },
  LWS_ERR_HTTP_TRAILER: {
    message: 'a field that may not follow a body',
    hint: quiet,
    status: 400,
  },
  LWS_ERR_HTTP_EXPECTATION: {
    message: 'an expectation other than 100-continue',
    hint: quiet,
    status: 417,
  },
  LWS_ERR_HTTP_BODY_LIMIT: {
    message: 'the request body is larger than maxHttpBodySize',
    hint: raise('maxHttpBodySize'),
    status: 413,
  },
  LWS_ERR_HTTP_HEAD_TIMEOUT: {
    message: 'the head was not complete in time',
    hint: raise('timeoutSecs'),
    status: 408,
  },
  LWS_ERR_HTTP_ACCESS_LOG: {
    message: 'the access log cannot be opened',
    hint: 'Give a path in a directory that exists and can be written to.',
  },
  LWS_ERR_HTTP_HEAD_STALLED: {
    message: 'the head made no progress, and its header table was taken back',
    hint: 'Raise maxHttpHeaderCopies if many heads arrive slowly at once, or timeoutSecsAhIdle.',
    status: 408,
  },
  LWS_ERR_HTTP_ANSWER_TIMEOUT: {
    message: 'nobody began to answer the request in time',
    hint: 'Begin to answer sooner, or raise answerTimeoutSecs where answers may take longer.',
    status: 503,
  },
  LWS_ERR_HTTP_BODY_TIMEOUT: {
    message: 'the request body came too slowly',
    hint: 'A body has to keep up 256 bytes a second, and be complete within 300 s.',
    status: 408,
  },
  LWS_ERR_HTTP_BODY_UNREAD: {
    message: 'the rest of an unread request body did not arrive in time',
    hint: 'Read request bodies, or send them faster.',
  },
  LWS_ERR_HTTP_STALLED: {
    message: 'the peer does not read the answer',
    hint: 'A peer has to take 1 KiB a second; 25 s below that is too long.',
  },
  LWS_ERR_HTTP_HEADER_POOL: {
    message: 'no header table became free in time',
    hint: raise('maxHttpHeaderPool or maxHttpHeaderCopies'),
    status: 503,
  },
  LWS_ERR_HTTP_NOT_FOUND: {
    message: 'nothing answers at the path',
    hint: 'Add a mount or another responder for it.',
    status: 404,
  },
  LWS_ERR_HTTP_UPGRADE_BODY: {
    message: 'a request that asks for an upgrade has a body',
    hint: quiet,
    status: 400,
  },
  LWS_ERR_HTTP_PEER_GONE: {
    message: 'the peer was gone before the exchange was complete',
    hint: 'Nothing to do; the peer may try again.',
  },
  LWS_ERR_HTTP_HANDLER: {
    message: 'a handler of the request failed',
    hint: 'The error above it says where.',
    status: 500,
  },
  LWS_ERR_HTTP_STATUS: {
    message: 'not a status that can be sent',
    hint: 'Final answers have an integer from 200 to 599.',
  },
  LWS_ERR_HTTP_FIELD_VALUE: {
    message: 'a field cannot be sent as it is',
    hint: 'Names are tokens; values have no control byte and nothing above U+00FF.',
  },
  LWS_ERR_HTTP_FIELD_RESERVED: {
    message: 'a field that only the role may send',
    hint: 'Framing and connection fields follow from how the answer is given.',
  },
  LWS_ERR_HTTP_ANSWERED: {
    message: 'the request already has its answer',
    hint: 'Call reply() or head() once for each exchange.',
  },
  LWS_ERR_HTTP_NO_HEAD: {
    message: 'body() or end() before head()',
    hint: 'Give the status and fields with head() first.',
  },
  LWS_ERR_HTTP_NOT_WRITEABLE: {
    message: 'body() outside writeable',
    hint: 'Call requestWriteable() and send from writeable().',
  },
  LWS_ERR_HTTP_CHOKED: {
    message: 'body() again after it returned false',
    hint: 'Call requestWriteable() and go on in the next writeable().',
  },
  LWS_ERR_HTTP_BODY_LENGTH: {
    message: 'the body is not as long as announced',
    hint: 'Send exactly as many bytes as head() was told.',
  },
  LWS_ERR_HTTP_DATA: {
    message: 'a body is neither text nor bytes',
    hint: 'Give a string or a Uint8Array: JSON.stringify() makes one of an object, new Uint8Array() of an ArrayBuffer.',
  },
  LWS_ERR_HTTP_REPLY_LIMIT: {
    message: 'the head of an answer, or the body of reply(), is larger than 64 KiB',
    hint: 'Stream the body with head(), body() and end().',
  },
  LWS_ERR_HTTP_HEADERS_GONE: {
    message: 'the request is over and its fields are gone',
    hint: 'Copy what is needed later while the exchange is open.',
  },
  LWS_ERR_HTTP_PROXY: {
    message: 'the proxy did not open the tunnel',
    hint: 'Check the proxy option of connect(), or the environment: http_proxy, https_proxy, all_proxy, no_proxy.',
  },
  LWS_ERR_HTTP_REDIRECT: {
    message: 'a redirect was not followed',
    hint: 'Connect to where it leads, or raise maxRedirects of connect(); redirects from TLS to plaintext are never followed.',
  },
  LWS_ERR_HTTP_INTERIM: {
    message: 'more than eight interim answers in a row',
    hint: 'The server never gives a final answer: see its log.',
  },
  LWS_ERR_HTTP_CLIENT_PROTOCOL: {
    message: 'there is no protocol that can take the request',
    hint: 'Give the vhost a protocol with a client group, or name one with localProtocol.',
  },
  LWS_ERR_HTTP_CLIENT_REFUSED: {
    message: 'the program gave up the request',
    hint: 'appendHandshakeHeader returned -1, or filterPreEstablish said no.',
  },
  LWS_ERR_HTTP_CLIENT_BODY: {
    message: 'a request body where there can be none',
    hint: 'Call clientHttpBodyPending() in appendHandshakeHeader, and body() before end(); requestBody needs neither.',
  },
  LWS_ERR_HTTP_CLIENT_READ: {
    message: 'httpClientRead() was not given a number of bytes',
    hint: 'Give an integer of at least 1, or nothing.',
  },
  LWS_ERR_HTTP_CLIENT_UPGRADE: {
    message: 'the server changed to a protocol that nobody asked for',
    hint: 'The server is broken, or an intermediary is.',
    status: 502,
  },
  LWS_ERR_HTTP_RESPONSE_TIMEOUT: {
    message: 'the server did not begin to answer in time',
    hint: 'Raise responseTimeoutSecs where answers may take longer.',
    status: 504,
  },
  LWS_ERR_HTTP_ANSWER_IDLE: {
    message: 'the answer of the server stalled',
    hint: 'Raise responseIdleSecs where answers may pause for longer.',
    status: 504,
  },
  LWS_ERR_HTTP_ANSWER_CUT: {
    message: 'the connection ended before the answer was complete',
    hint: 'The answer is incomplete; send the request again.',
    status: 502,
  },
  LWS_ERR_HTTP_ANSWER_LIMIT: {
    message: 'the body of the answer is larger than maxAnswerBytes',
    hint: 'Raise maxAnswerBytes, or read the answer as it arrives, with context.connect().',
  },
  LWS_ERR_HTTP_ANSWER_EXCESS: {
    message: 'the server sent bytes after its answer',
    hint: 'The answer is accepted, and the connection is not reused.',
    status: 502,
  },
  LWS_ERR_HTTP_INTERNAL: {
    message: 'an impossible state was reached',
    hint: 'This is a bug in @lws-ts/http: please report it with the detail.',
  },
});

/** Every code of {@link httpErrors}. */
export type HttpErrorCode =
  | 'LWS_ERR_HTTP_EMPTY_LINES'
  | 'LWS_ERR_HTTP_LINE_END'
  | 'LWS_ERR_HTTP_METHOD'
  | 'LWS_ERR_HTTP_METHOD_UNKNOWN'
  | 'LWS_ERR_HTTP_METHOD_NOT_ALLOWED'
  | 'LWS_ERR_HTTP_TARGET'
  | 'LWS_ERR_HTTP_PATH'
  | 'LWS_ERR_HTTP_PATH_ABOVE_ROOT'
  | 'LWS_ERR_HTTP_VERSION'
  | 'LWS_ERR_HTTP_VERSION_UNSUPPORTED'
  | 'LWS_ERR_HTTP_STATUS_LINE'
  | 'LWS_ERR_HTTP_FIELD_NAME'
  | 'LWS_ERR_HTTP_FIELD_FOLDED'
  | 'LWS_ERR_HTTP_FIELD_BYTE'
  | 'LWS_ERR_HTTP_REQUEST_LINE_LIMIT'
  | 'LWS_ERR_HTTP_HEAD_LIMIT'
  | 'LWS_ERR_HTTP_FIELDS_LIMIT'
  | 'LWS_ERR_HTTP_HOST_MISSING'
  | 'LWS_ERR_HTTP_HOST_DUPLICATE'
  | 'LWS_ERR_HTTP_HOST'
  | 'LWS_ERR_HTTP_HOST_MISMATCH'
  | 'LWS_ERR_HTTP_CONTENT_LENGTH'
  | 'LWS_ERR_HTTP_CONTENT_LENGTH_DUPLICATE'
  | 'LWS_ERR_HTTP_LENGTH_AND_CODING'
  | 'LWS_ERR_HTTP_TRANSFER_ENCODING'
  | 'LWS_ERR_HTTP_TRANSFER_CODING'
  | 'LWS_ERR_HTTP_CHUNK_SIZE'
  | 'LWS_ERR_HTTP_CHUNK_DATA'
  | 'LWS_ERR_HTTP_CHUNK_EXTENSION'
  | 'LWS_ERR_HTTP_CHUNK_EXTENSION_LIMIT'
  | 'LWS_ERR_HTTP_TRAILER'
  | 'LWS_ERR_HTTP_EXPECTATION'
  | 'LWS_ERR_HTTP_BODY_LIMIT'
  | 'LWS_ERR_HTTP_HEAD_TIMEOUT'
  | 'LWS_ERR_HTTP_HEAD_STALLED'
  | 'LWS_ERR_HTTP_ANSWER_TIMEOUT'
  | 'LWS_ERR_HTTP_BODY_TIMEOUT'
  | 'LWS_ERR_HTTP_BODY_UNREAD'
  | 'LWS_ERR_HTTP_STALLED'
  | 'LWS_ERR_HTTP_ACCESS_LOG'
  | 'LWS_ERR_HTTP_HEADER_POOL'
  | 'LWS_ERR_HTTP_NOT_FOUND'
  | 'LWS_ERR_HTTP_UPGRADE_BODY'
  | 'LWS_ERR_HTTP_PEER_GONE'
  | 'LWS_ERR_HTTP_HANDLER'
  | 'LWS_ERR_HTTP_STATUS'
  | 'LWS_ERR_HTTP_FIELD_VALUE'
  | 'LWS_ERR_HTTP_FIELD_RESERVED'
  | 'LWS_ERR_HTTP_ANSWERED'
  | 'LWS_ERR_HTTP_NO_HEAD'
  | 'LWS_ERR_HTTP_NOT_WRITEABLE'
  | 'LWS_ERR_HTTP_CHOKED'
  | 'LWS_ERR_HTTP_BODY_LENGTH'
  | 'LWS_ERR_HTTP_DATA'
  | 'LWS_ERR_HTTP_REPLY_LIMIT'
  | 'LWS_ERR_HTTP_HEADERS_GONE'
  | 'LWS_ERR_HTTP_PROXY'
  | 'LWS_ERR_HTTP_REDIRECT'
  | 'LWS_ERR_HTTP_INTERIM'
  | 'LWS_ERR_HTTP_CLIENT_PROTOCOL'
  | 'LWS_ERR_HTTP_CLIENT_REFUSED'
  | 'LWS_ERR_HTTP_CLIENT_BODY'
  | 'LWS_ERR_HTTP_CLIENT_READ'
  | 'LWS_ERR_HTTP_CLIENT_UPGRADE'
  | 'LWS_ERR_HTTP_RESPONSE_TIMEOUT'
  | 'LWS_ERR_HTTP_ANSWER_IDLE'
  | 'LWS_ERR_HTTP_ANSWER_CUT'
  | 'LWS_ERR_HTTP_ANSWER_LIMIT'
  | 'LWS_ERR_HTTP_ANSWER_EXCESS'
  | 'LWS_ERR_HTTP_INTERNAL';
