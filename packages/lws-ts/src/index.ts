export { fromWs, toWs, wsEvents } from '@lws-ts/adapters';
export {
  Backoff,
  type CancelHandle,
  type CloseReport,
  type ConnectedWsi,
  cancelService,
  type ExternalLoop,
  type ExternalLoopOptions,
  externalLoop,
  holdProcess,
  type LogEmit,
  LWS_POLLHUP,
  LWS_POLLIN,
  LWS_POLLOUT,
  logVisible,
  lwslDebug,
  lwslErr,
  lwslInfo,
  lwslNotice,
  lwslWarn,
  nodeLoop,
  type PollArgs,
  type PollFd,
  type PollObservers,
  type RetryPolicy,
  Ring,
  setLogLevel,
  type Vhost,
} from '@lws-ts/core';
export {
  type HttpAnswerReceived,
  type HttpRequestOptions,
  httpRequest,
  reopenAccessLog,
} from '@lws-ts/http';
export {
  chunkedHtml,
  EventStream,
  type FormFile,
  type FormFiles,
  FormReader,
  type FormReaderOptions,
  type Mount,
} from '@lws-ts/http-mounts';
export {
  type AnyProtocol,
  type ClientAsked,
  type ClientHandlers,
  type ClientWsi,
  type CodedError,
  type FileOps,
  type FopsFile,
  type Held,
  type HttpClientHandlers,
  type HttpClientTx,
  type HttpClientWsi,
  type HttpFields,
  type HttpHandlers,
  type HttpTx,
  type HttpWsi,
  LwsError,
  type PreparedMessage,
  type Protocol,
  type ProtocolSpec,
  type PvoSpec,
  protocol,
  type RawHandlers,
  type RawTx,
  type RawWsi,
  type TlsHandlers,
  type TlsInfo,
  type WsHandlers,
  type WsiView,
  type WsTx,
  type WsWsi,
} from '@lws-ts/interface';
export { type PeerStatus, peersOf } from '@lws-ts/peer-limits';
export { dumbIncrement } from '@lws-ts/protocols/dumb-increment';
export { echo } from '@lws-ts/protocols/echo';
export { fraggle } from '@lws-ts/protocols/fraggle';
export { lwsMirror } from '@lws-ts/protocols/lws-mirror';
export { lwsStatus } from '@lws-ts/protocols/lws-status';
export { postDemo } from '@lws-ts/protocols/post-demo';
export { rawProxy } from '@lws-ts/protocols/raw-proxy';
export { rawTest } from '@lws-ts/protocols/raw-test';
export {
  certificateEnd,
  initVhostClientSsl,
  reloadCertificates,
  SSL_CB,
} from '@lws-ts/tls';
export { type DevCerts, devCerts } from '@lws-ts/tls/dev-certs';
export {
  DiskFops,
  FopsBase,
  getFops,
  MemoryFops,
  OverlayFops,
  setFops,
  vfsFileOpen,
  vfsFileSeekEnd,
  vfsFileSeekSet,
  vfsGetLength,
  vfsGetModTime,
  vfsTell,
  ZipFops,
} from '@lws-ts/vfs';
export { Outbox, permessageDeflate, prepare, type WsExtension } from '@lws-ts/ws';
export {
  createContext,
  type LwsConnectOptions,
  type LwsContext,
  type LwsContextOptions,
  type LwsVhostOptions,
} from './create-context.ts';
export { WebSocket } from './web-socket.ts';
