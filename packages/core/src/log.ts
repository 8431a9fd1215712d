/**
 * The log: lws levels, one line a message, to stderr unless a program emits lines itself.
 * The one thing that contexts of a process share.
 */
import {
  defaultLogMask,
  interfaceErrors,
  isThenable,
  type LogLevel,
  LwsError,
  logLevels,
} from '@lws-ts/interface';
import { coreErrors } from './errors.ts';

/** Takes a line without time and level name. A promise that it gives is not waited for; lines of those that are rejected go to stderr. lws: the emit callback of lws_set_log_level */
export type LogEmit = (level: LogLevel, line: string) => void;

const names = Object.keys(logLevels) as LogLevel[];
const allLevels = names.reduce((mask, name) => mask | logLevels[name], 0);
const labels: Readonly<Record<LogLevel, string>> = {
  err: 'ERR',
  warn: 'WARN',
  notice: 'NOTICE',
  info: 'INFO',
  debug: 'DEBUG',
  parser: 'PARSER',
  header: 'HEADER',
  ext: 'EXTENSION',
  client: 'CLIENT',
  latency: 'LATENCY',
  user: 'USER',
};
const colours: Readonly<Record<LogLevel, number>> = {
  err: 31,
  warn: 36,
  notice: 35,
  info: 32,
  debug: 34,
  parser: 33,
  header: 33,
  ext: 33,
  client: 33,
  latency: 33,
  user: 30,
};
const maxLine = 4096;

let mask = defaultLogMask;
let emit: LogEmit = emitToStderr;

/**
 * Says which lines are emitted, and by whom.
 *
 * @param levels a mask of `logLevels`, or names separated by commas; undefined leaves it as it is
 * @param emitter takes the lines instead of stderr; undefined leaves it as it is; null gives them back to stderr
 * @returns the mask now in force
 * @throws `LWS_ERR_LOG_LEVEL`; `LWS_ERR_OPTION` for an emitter that is no function
 *
 * lws: lws_set_log_level
 */
export function setLogLevel(levels?: number | string, emitter?: LogEmit | null): number {
  if (emitter !== undefined && emitter !== null && typeof emitter !== 'function')
    throw new LwsError(interfaceErrors.LWS_ERR_OPTION, 'the emitter of the log is no function');
  if (levels !== undefined) mask = parseLogLevel(levels);
  if (emitter !== undefined) emit = emitter ?? emitToStderr;
  return mask;
}

/** Reads a mask (also as digits) or level names separated by commas. @throws `LWS_ERR_LOG_LEVEL` */
export function parseLogLevel(levels: number | string): number {
  if (typeof levels !== 'number' && typeof levels !== 'string')
    throw new LwsError(coreErrors.LWS_ERR_LOG_LEVEL, typeof levels);
  if (typeof levels === 'number' || /^[0-9]+$/.test(levels)) {
    const value = Number(levels);
    if (Number.isInteger(value) && value >= 0 && value <= allLevels) return value;
    throw new LwsError(coreErrors.LWS_ERR_LOG_LEVEL, String(levels));
  }
  let value = 0;
  for (const name of levels.split(',')) {
    const level = name.trim();
    if (!Object.hasOwn(logLevels, level))
      throw new LwsError(coreErrors.LWS_ERR_LOG_LEVEL, JSON.stringify(name));
    value |= logLevels[level as LogLevel];
  }
  return value;
}

/** Whether lines of that level are emitted. lws: lwsl_visible */
export function logVisible(level: LogLevel): boolean {
  return (mask & logLevels[level]) !== 0;
}

/** Writes one line of that level. Control characters are escaped. lws: _lws_log */
export function log(level: LogLevel, line: string): void {
  if ((mask & logLevels[level]) === 0) return;
  const escaped = escapeLine(line);
  try {
    const taken: unknown = emit(level, escaped);
    if (isThenable(taken)) taken.then(undefined, () => emitToStderr(level, escaped));
  } catch {
    // lines are written in the middle of everything: an emitter that fails loses lines, not connections
    emitToStderr(level, escaped);
  }
}

/** lws: lwsl_err */
export const lwslErr = (line: string): void => log('err', line);
/** lws: lwsl_warn */
export const lwslWarn = (line: string): void => log('warn', line);
/** lws: lwsl_notice */
export const lwslNotice = (line: string): void => log('notice', line);
/** lws: lwsl_info */
export const lwslInfo = (line: string): void => log('info', line);
/** lws: lwsl_debug */
export const lwslDebug = (line: string): void => log('debug', line);

/** Time and level as they stand before a line: `[YYYY/MM/DD HH:MM:SS:uuuu] LEVEL: `, local time, 100 µs units. lws: lwsl_timestamp */
export function logPrefix(level: LogLevel, at: Date = new Date()): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${at.getFullYear()}/${two(at.getMonth() + 1)}/${two(at.getDate())}`;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `[${date} ${time}:${String(at.getMilliseconds() * 10).padStart(4, '0')}] ${labels[level]}: `;
}

function emitToStderr(level: LogLevel, line: string): void {
  const text = `${logPrefix(level)}${line}`;
  const bold = level === 'user' ? '30;1' : `${colours[level]};1`;
  const { NO_COLOR, TERM } = process.env;
  // an empty one asks for nothing: no-color.org
  const coloured = process.stderr.isTTY && (NO_COLOR ?? '') === '' && TERM !== 'dumb';
  process.stderr.write(coloured ? `\u001b[${bold}m${text}\u001b[0m\n` : `${text}\n`);
}

/** One line stays one line, bounded as it is written, and no byte of a peer drives a terminal. */
function escapeLine(line: string): string {
  const escaped = line.slice(0, maxLine).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (found) => {
    const code = found.codePointAt(0) ?? 0;
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  const whole = line.length <= maxLine && escaped.length <= maxLine;
  return whole ? escaped : `${escaped.slice(0, maxLine)}…`;
}
