export {
  type DeflateOptions,
  isSendableCloseCode,
  permessageDeflate,
  setDeflateLimits,
  type WsExtension,
} from '@lws-ts/ws-framing';
export type { WsConnectOptions } from './connect-options.ts';
export { wsErrors } from './errors.ts';
export { checkHandshake, type RefusedHandshake } from './handshake.ts';
export type { WsOptions } from './options.ts';
export { Outbox, type OutboxOptions, outboxRules } from './outbox.ts';
export { prepare } from './prepared-message.ts';
export { ws } from './ws-module.ts';
