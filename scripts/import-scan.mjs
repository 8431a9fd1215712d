// Finds what a TypeScript or JavaScript file imports, without parsing it: comments and the insides of
// strings, templates and regular expressions are blanked first, so that only code is searched.

const regexBefore = new Set(['', ...Array.from('(,=:[!&|?{};+-*%<>~^')]);
const regexAfterWord =
  /(?:^|[^\w$.])(?:return|typeof|case|in|of|do|else|void|delete|throw|await|yield)$/;

/** The source with everything but code replaced by spaces; quotes, line breaks and offsets stay. */
export function blankNonCode(source) {
  const out = source.split('');
  const blank = (from, to) => {
    for (let at = from; at < to; at++) if (out[at] !== '\n') out[at] = ' ';
  };
  const templates = []; // open braces inside each `${ … }` we are in
  let before = ''; // last character of code that is not a space
  let at = 0;

  const skipString = (quote) => {
    let end = at + 1;
    while (end < source.length && source[end] !== quote && source[end] !== '\n')
      end += source[end] === '\\' ? 2 : 1;
    blank(at + 1, end);
    at = end + 1;
    before = quote;
  };
  const skipTemplate = (from) => {
    let end = from;
    while (end < source.length && source[end] !== '`' && !source.startsWith('${', end))
      end += source[end] === '\\' ? 2 : 1;
    blank(from, end);
    if (source[end] === '$') {
      templates.push(0);
      before = '{';
      at = end + 2;
    } else {
      before = '`';
      at = end + 1;
    }
  };
  const skipRegex = () => {
    let end = at + 1;
    let inClass = false;
    while (end < source.length && source[end] !== '\n' && (inClass || source[end] !== '/')) {
      if (source[end] === '[') inClass = true;
      if (source[end] === ']') inClass = false;
      end += source[end] === '\\' ? 2 : 1;
    }
    blank(at + 1, end);
    at = end + 1;
    before = '/';
  };

  while (at < source.length) {
    const char = source[at];
    if (source.startsWith('//', at)) {
      const end = source.indexOf('\n', at);
      blank(at, end < 0 ? source.length : end);
      at = end < 0 ? source.length : end;
    } else if (source.startsWith('/*', at)) {
      const end = source.indexOf('*/', at + 2);
      blank(at, end < 0 ? source.length : end + 2);
      at = end < 0 ? source.length : end + 2;
    } else if (char === "'" || char === '"') skipString(char);
    else if (char === '`') skipTemplate(at + 1);
    else if (
      char === '/' &&
      (regexBefore.has(before) ||
        regexAfterWord.test(
          out
            .slice(Math.max(0, at - 16), at)
            .join('')
            .trimEnd(),
        ))
    )
      skipRegex();
    else if (char === '}' && templates.at(-1) === 0) {
      templates.pop();
      skipTemplate(at + 1);
    } else {
      if (templates.length > 0 && char === '{') templates[templates.length - 1] += 1;
      if (templates.length > 0 && char === '}') templates[templates.length - 1] -= 1;
      if (!/\s/.test(char)) before = char;
      at += 1;
    }
  }
  return out.join('');
}

// each ends with the quote of the module's name
const forms = [
  /(?<![\w$.])import\s*(['"])/g,
  /(?<![\w$.])(?:import|export)\b[^'"`;=()]*?\bfrom\s*(['"])/g,
  /(?<![\w$.])import\s*\(\s*(['"`])/g,
  /(?<![\w$])require\s*(?:\.\s*resolve\s*)?\(\s*(['"`])/g,
  /\bimport\s*\.\s*meta\s*\.\s*resolve\s*\(\s*(['"`])/g,
];
const computed = /(?<![\w$.])(?:import|require)\s*\(\s*(?!['"`\s])/g;

/** Every import of a source, types too: `{ specifier, line }`; a computed one has no specifier. */
export function scanImports(source) {
  const code = blankNonCode(source);
  const lineOf = (offset) => source.slice(0, offset).split('\n').length;
  const found = [];
  for (const form of forms)
    for (const match of code.matchAll(form)) {
      const start = match.index + match[0].length;
      const end = source.indexOf(match[1], start);
      found.push({ specifier: source.slice(start, end), line: lineOf(start) });
    }
  for (const match of code.matchAll(computed))
    found.push({ specifier: undefined, line: lineOf(match.index) });
  return found.sort((a, b) => a.line - b.line);
}
