/**
 * The log levels of lws, as bits: a mask says which lines are emitted.
 * lws: LLL_ERR … LLL_USER
 */
export const logLevels = Object.freeze({
  err: 1,
  warn: 2,
  notice: 4,
  info: 8,
  debug: 16,
  parser: 32,
  header: 64,
  ext: 128,
  client: 256,
  latency: 512,
  user: 1024,
} as const);

/** A level's name. */
export type LogLevel = keyof typeof logLevels;

/** What is emitted unless a program asks for something else. lws: LLL_ERR | LLL_WARN | LLL_NOTICE */
export const defaultLogMask: number = logLevels.err | logLevels.warn | logLevels.notice;
