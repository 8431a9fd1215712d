/** The `; name=value` behind a media type or a disposition (RFC 9110 §5.6.6). */
const parameter =
  /[ \t]*;[ \t]*(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=(?:"((?:[^"\\]|\\.|\\(?="))*)"|([!#$%&'*+\-.^_`|~0-9A-Za-z]+)))?/sy;
const rest = /[ \t]*$/y;

/**
 * The parameters that stand at `text[at..]`, names in lower case, or undefined when something else stands there, or
 * a name twice. Of quoted values only `\"` and `\\` are escapes: curl sends those, and browsers send a lone backslash
 * as it is. So one before a quote is itself where the value could not end otherwise: `filename="a\"` of Chrome.
 */
export function readParameters(text: string, at: number): Map<string, string> | undefined {
  const found = new Map<string, string>();
  let end = at;
  for (;;) {
    parameter.lastIndex = end;
    const match = parameter.exec(text);
    if (match === null) break;
    end = parameter.lastIndex;
    const name = match[1]?.toLowerCase();
    if (name === undefined) continue;
    if (found.has(name)) return undefined;
    found.set(name, match[3] ?? (match[2] ?? '').replace(/\\(["\\])/g, '$1'));
  }
  rest.lastIndex = end;
  return rest.test(text) ? found : undefined;
}
