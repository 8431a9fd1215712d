import { type ErrorTable, errorTable } from '@lws-ts/interface';

/** The codes of `@lws-ts/core`. */
export const coreErrors: ErrorTable<
  | 'LWS_ERR_ADOPT'
  | 'LWS_ERR_CONNECT'
  | 'LWS_ERR_CONNECT_ABORTED'
  | 'LWS_ERR_CONNECT_CLOSED'
  | 'LWS_ERR_CONNECT_DNS'
  | 'LWS_ERR_CONNECT_TIMEOUT'
  | 'LWS_ERR_CONTEXT_CLOSED'
  | 'LWS_ERR_DESCRIPTORS'
  | 'LWS_ERR_HANDLER_ASYNC'
  | 'LWS_ERR_HANDLER_THREW'
  | 'LWS_ERR_HEADERS_GONE'
  | 'LWS_ERR_HOLD'
  | 'LWS_ERR_HOLD_TIMEOUT'
  | 'LWS_ERR_INTERNAL'
  | 'LWS_ERR_LISTEN'
  | 'LWS_ERR_LOG_LEVEL'
  | 'LWS_ERR_LOOP_ACCEPTS'
  | 'LWS_ERR_LOOP_NESTED'
  | 'LWS_ERR_LOOP_TAKEN'
  | 'LWS_ERR_MODULE_MISSING'
  | 'LWS_ERR_MODULE_TWICE'
  | 'LWS_ERR_NO_ROLE'
  | 'LWS_ERR_OUTPUT_TOTAL'
  | 'LWS_ERR_PARENT_CLOSED'
  | 'LWS_ERR_PROTOCOL_TWICE'
  | 'LWS_ERR_RING'
  | 'LWS_ERR_SHUTDOWN_CUT'
  | 'LWS_ERR_TIMEOUT'
  | 'LWS_ERR_TX_CHOKED'
  | 'LWS_ERR_TX_EXPIRED'
  | 'LWS_ERR_TRANSPORT_FAILED'
  | 'LWS_ERR_TRANSPORT_RESET'
  | 'LWS_ERR_BIND_IFACE'
  | 'LWS_ERR_INPUT_TOTAL'
  | 'LWS_ERR_LISTEN_ADDRESS'
  | 'LWS_ERR_VHOST_DESTROYED'
  | 'LWS_ERR_VHOST_TLS'
  | 'LWS_ERR_VHOST_TWICE'
> = errorTable({
  LWS_ERR_ADOPT: {
    message: 'a descriptor cannot be adopted',
    hint: 'Sockets, pipes, FIFOs, terminals and regular files can, while they are open and nothing else reads them. The descriptor is still yours.',
  },
  LWS_ERR_BIND_IFACE: {
    message: 'Node.js cannot bind a socket to a device',
    hint: 'Give the vhost a listening socket that is already bound, with listenFd: one from systemd (BindToDevice= of a .socket unit, descriptor 3) or from a helper that sets SO_BINDTODEVICE.',
  },
  LWS_ERR_INPUT_TOTAL: {
    message: 'peers sent more than maxInputBytesTotal of input that is incomplete or not taken',
    hint: 'The peer whose input was kept longest was cut. Keep less per peer (maxMessageSize, maxStorage), or raise maxInputBytesTotal of the context.',
  },
  LWS_ERR_CONNECT: {
    message: 'cannot connect',
    hint: 'Check that the server listens on that address and port.',
  },
  LWS_ERR_CONNECT_ABORTED: {
    message: 'the connection was given up before it was established',
    hint: 'The program or its signal ended it, or its parent or the context closed.',
  },
  LWS_ERR_CONNECT_CLOSED: {
    message: 'the peer closed before the connection was established',
    hint: 'It may not speak this protocol; its log may say why.',
  },
  LWS_ERR_CONNECT_DNS: {
    message: 'the name of the server was not found',
    hint: 'Check the spelling, and that names can be resolved here.',
  },
  LWS_ERR_CONNECT_TIMEOUT: {
    message: 'the connection was not established in time',
    hint: 'The server is slow or unreachable; connectTimeoutSecs of connect() says how long it has.',
  },
  LWS_ERR_CONTEXT_CLOSED: {
    message: 'the context is closed or closing',
    hint: 'Make a new context; a closed one cannot be reopened.',
  },
  LWS_ERR_DESCRIPTORS: {
    message: 'there is no descriptor for one more connection',
    hint: 'Raise the limit on open files (ulimit -n) and restart, or lower fdReserve; fdLimitPerThread of the context may be too low.',
  },
  LWS_ERR_HANDLER_ASYNC: {
    message: 'a handler returned a promise',
    hint: 'Handlers are synchronous. Hold the wsi with wsi.hold(), or do the work elsewhere and requestWriteable().',
    closeCode: 1011,
    status: 500,
  },
  LWS_ERR_HANDLER_THREW: {
    message: 'a handler threw',
    hint: 'The stack in the log says where; its connection was closed, all others go on.',
    closeCode: 1011,
    status: 500,
  },
  LWS_ERR_HEADERS_GONE: {
    message: 'the header fields of the request are gone',
    hint: 'Copy what is needed into the session: for a WebSocket before established returns, for an HTTP request before its answer is complete.',
  },
  LWS_ERR_HOLD: {
    message: 'the wsi cannot be held',
    hint: 'Hold a wsi once, inside a handler that may refuse, or that answers an HTTP request.',
  },
  LWS_ERR_HOLD_TIMEOUT: {
    message: 'a held connection was not answered in time',
    hint: 'Answer sooner, or raise holdTimeoutSecs of the vhost.',
    status: 503,
  },
  LWS_ERR_INTERNAL: {
    message: 'lws-ts reached an impossible state',
    hint: 'This is a bug in lws-ts: please report it with the stack.',
  },
  LWS_ERR_LISTEN: {
    message: 'cannot listen',
    hint: 'Another program may have the port, or the address is not one of this machine; ports below 1024 need privileges.',
  },
  LWS_ERR_LISTEN_ADDRESS: {
    message: 'options of a vhost disagree about where it listens',
    hint: 'The message names them.',
  },
  LWS_ERR_LOG_LEVEL: {
    message: 'unknown log level',
    hint: 'Give a mask from 0 to 2047, or names separated by commas: err, warn, notice, info, debug, parser, header, ext, client, latency, user.',
  },
  LWS_ERR_LOOP_ACCEPTS: {
    message: 'too many accepted connections wait for the external loop',
    hint: 'Give the descriptor of the listener to serviceFd as soon as it is ready, or raise maxParkedAccepts.',
  },
  LWS_ERR_LOOP_NESTED: {
    message: 'the external loop was serviced in the middle of a service call',
    hint: 'Let handlers and observers that run inside serviceFd() or service() return first, then service again.',
  },
  LWS_ERR_LOOP_TAKEN: {
    message: 'the external loop belongs to another context',
    hint: 'Make one externalLoop() for each context.',
  },
  LWS_ERR_MODULE_MISSING: {
    message: 'a module needs another that is not in use',
    hint: 'Install the package that the message names and add its module to `use`.',
  },
  LWS_ERR_MODULE_TWICE: {
    message: 'a module is in use twice',
    hint: 'Name each module once in `use`.',
  },
  LWS_ERR_NO_ROLE: {
    message: 'no module can take an accepted connection',
    hint: 'Add a module that provides a first role to `use`, such as http() of @lws-ts/http.',
  },
  LWS_ERR_OUTPUT_TOTAL: {
    message: 'peers that do not read left more than maxOutputBytesTotal of output unread',
    hint: 'The peer whose output waited longest was cut. Keep less per peer (txBudget, maxOutputBytes), or raise maxOutputBytesTotal of the context.',
  },
  LWS_ERR_PARENT_CLOSED: {
    message: 'the parent of the connection closed',
    hint: 'Nothing to do: children end before the parent that they were given.',
  },
  LWS_ERR_PROTOCOL_TWICE: {
    message: 'two protocols of a vhost have the same name, or both are its default',
    hint: 'Give each protocol of a vhost once, and mark at most one as default.',
  },
  LWS_ERR_RING: {
    message: 'a ring was used with a tail that is not its own',
    hint: 'Use a tail only with the ring that made it, and not after it was removed.',
  },
  LWS_ERR_SHUTDOWN_CUT: {
    message: 'the connection was cut at the deadline of close()',
    hint: 'Give peers more time with deadlineSecs, if they can use it.',
  },
  LWS_ERR_TIMEOUT: {
    message: 'a deadline of the connection passed',
    hint: 'timeoutReason says which; each has an option.',
  },
  LWS_ERR_TX_CHOKED: {
    message: 'a tx method was called after one had returned false',
    hint: 'Stop writing at false, call requestWriteable() and go on in the next writeable.',
  },
  LWS_ERR_TX_EXPIRED: {
    message: 'a tx was used outside the writeable call it was given to',
    hint: 'Call requestWriteable() and write in writeable.',
  },
  LWS_ERR_TRANSPORT_FAILED: {
    message: 'the transport failed',
    hint: 'The message says what the system reported.',
  },
  LWS_ERR_TRANSPORT_RESET: {
    message: 'the peer reset the connection',
    hint: 'Nothing to do: peers may disconnect at any time.',
  },
  LWS_ERR_VHOST_DESTROYED: {
    message: 'the vhost was destroyed',
    hint: 'Give connections to a vhost that the context still has.',
  },
  LWS_ERR_VHOST_TLS: {
    message: 'a vhost cannot share the port of one that differs in TLS',
    hint: 'The first vhost of a port decides: give both a certificate or neither, let the first take plain connections too, or take another port.',
  },
  LWS_ERR_VHOST_TWICE: {
    message: 'two vhosts of one port have the same name',
    hint: 'Names are compared without case and without a trailing dot; give each its own, or another port.',
  },
});
