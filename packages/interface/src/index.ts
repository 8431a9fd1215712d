export type { Admission, AdmissionTicket, Spent, TableClaimant } from './admission.ts';
export type { CgiEnd, CgiHandlers, CgiScript } from './cgi-handlers.ts';
export type { ClientAsked, ClientHandlers, ClientWsi } from './client-handlers.ts';
export { type ClientTlsOptions, clientTlsRules } from './client-tls.ts';
export type { Clock } from './clock.ts';
export {
  type CodedError,
  type ErrorCode,
  type ErrorRow,
  type ErrorTable,
  errorTable,
} from './coded-error.ts';
export { interfaceErrors } from './errors.ts';
export { escapeHtml } from './escape-html.ts';
export { isAlphanumeric, isBlank, isTokenCode } from './field-syntax.ts';
export type { FileOps, FopsEntry, FopsFile, FopsFlags } from './file-ops.ts';
export { giveBack, takeOver } from './give-back.ts';
export type {
  HttpAnswer,
  HttpBinding,
  HttpBodySink,
  HttpExchange,
  HttpResponder,
  KeptHeaders,
  RequestLimits,
  UpgradeAnswer,
} from './http.ts';
export type { HttpClientHandlers, HttpClientTx, HttpClientWsi } from './http-client-handlers.ts';
export type { HttpFields } from './http-fields.ts';
export type {
  HtmlProcessor,
  HttpHandlers,
  HttpTx,
  HttpWsi,
  ServeFileOptions,
} from './http-handlers.ts';
export { httpMethods } from './http-methods.ts';
export type { HttpRequest } from './http-request.ts';
export { isRecord } from './is-record.ts';
export { late } from './late.ts';
export { defaultLogMask, type LogLevel, logLevels } from './log-level.ts';
export { LwsError } from './lws-error.ts';
export type {
  AnyModule,
  ContextView,
  Descriptors,
  InstalledModule,
  LwsModule,
  ModuleConnectOptions,
  ModuleContextOptions,
  ModuleVhostOptions,
} from './module.ts';
export { readNetworks } from './networks.ts';
export {
  type AnyOptionRules,
  nearestName,
  type OptionRule,
  type OptionRules,
  resolvedBy,
  resolveOptions,
} from './options.ts';
export { percentDecoded } from './percent-decoded.ts';
export { numberedStepCheck, type PhaseSteps, stepCheck } from './phase-steps.ts';
export {
  type AnyProtocol,
  type AnyProtocolSpec,
  type BoundProtocol,
  type Descriptor,
  type Protocol,
  type ProtocolDefinition,
  type ProtocolSpec,
  type ProtocolVhost,
  type Pvo,
  type PvoFlags,
  type PvoSpec,
  protocol,
  protocolDefinition,
} from './protocol.ts';
export type { RawHandlers, RawTx, RawWsi } from './raw-handlers.ts';
export type { Adoption, ClientTarget, ConnectCall, Role, RoleFallback } from './role.ts';
export type {
  AdoptedRoleState,
  ClientRoleState,
  DialTarget,
  RoleHost,
  RoleState,
} from './role-host.ts';
export { originForm, sentTarget } from './sent-target.ts';
export { showValue } from './show-value.ts';
export { dropPromise, isThenable, onDroppedRejection } from './thenable.ts';
export type { SecureContextBuilder, TlsHandlers, TlsInfo, TlsWsi } from './tls-handlers.ts';
export type {
  PeerAddress,
  ProxyInfo,
  Secured,
  Securing,
  SecurityInfo,
  Transport,
  TransportSecurity,
  TransportSink,
} from './transport.ts';
export type { VhostCounters, VhostView } from './vhost.ts';
export type {
  BinaryFlags,
  Done,
  FragmentFlags,
  PreparedMessage,
  Verdict,
  WsAsked,
  WsEvents,
  WsHandlers,
  WsiHeaders,
  WsReceiving,
  WsTx,
  WsWsi,
} from './ws-handlers.ts';
export type { Held, Holdable, TimeoutReason, Wsi, WsiVhost, WsiView } from './wsi.ts';
