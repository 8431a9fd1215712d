// Finds the global timers in a source; methods of the same name are something else.
import { blankNonCode, scanImports } from './import-scan.mjs';

/** Lines that use the global timers; members and declarations of that name are something else. */
export function timerUses(source) {
  const code = blankNonCode(source);
  const lines = [];
  for (const match of code.matchAll(
    /(?<![\w$#])(globalThis\s*\.\s*)?(setTimeout|setInterval)\b/g,
  )) {
    const head = code.slice(0, match.index).trimEnd();
    if (match[1] === undefined && head.endsWith('.')) continue;
    if (match[1] === undefined && declares(code, match.index + match[0].length)) continue;
    lines.push(code.slice(0, match.index).split('\n').length);
  }
  for (const { specifier, line } of scanImports(source))
    if (specifier !== undefined && /^node:timers(\/|$)/.test(specifier)) lines.push(line);
  return lines;
}

/** Whether `(…)` at `at` is the parameter list of a method, signature or type. */
function declares(code, at) {
  let end = at;
  if (code[end] === '?') end += 1;
  if (code[end] === ':') return true;
  if (code[end] !== '(') return false;
  for (let depth = 0; end < code.length; end++) {
    if (code[end] === '(') depth += 1;
    if (code[end] === ')') depth -= 1;
    if (depth === 0) break;
  }
  const tail = code.slice(end + 1).trimStart();
  const lineHead = code.slice(code.lastIndexOf('\n', at) + 1, at).trimStart();
  const member = /^(?:override |static |async |readonly )*(?:setTimeout|setInterval)$/.test(
    lineHead,
  );
  return member && (tail.startsWith(':') || tail.startsWith('{'));
}
