import { describe, expect, test } from 'vitest';
import { type FormFile, type FormFiles, FormReader } from '../../src/index.ts';
import { latin1, multipart, urlencoded } from './read-form.ts';

const twoFiles = latin1(
  `${['one', 'two']
    .map(
      (name) =>
        `--b\r\nContent-Disposition: form-data; name=f; filename=${name}\r\n\r\n${name}\r\n`,
    )
    .join('')}--b--`,
);

/** Takes files, notes what is called, and answers -1 where it is told to. */
class NotedFiles implements FormFiles {
  readonly calls: string[] = [];
  readonly #refuse: string;

  constructor(refuse = '') {
    this.#refuse = refuse;
  }

  start(file: { filename: string }): undefined | -1 {
    return this.#note(`start ${file.filename}`);
  }
  content(file: { filename: string }): undefined | -1 {
    return this.#note(`content ${file.filename}`);
  }
  end(file: { filename: string }): undefined | -1 {
    return this.#note(`end ${file.filename}`);
  }
  cut(file: { filename: string }): void {
    this.#note(`cut ${file.filename}`);
  }

  #note(call: string): undefined | -1 {
    this.calls.push(call);
    return call === this.#refuse ? -1 : undefined;
  }
}

test('values are found by name, the first and all of them', () => {
  const form = new FormReader(urlencoded);
  expect(form.process(latin1('a=1&b=2&a=3&__proto__=4'))).toBe(true);
  expect(form.finalize()).toBe(true);
  expect(form.error).toBeUndefined();
  expect([form.get('a'), form.get('b'), form.get('c')]).toEqual(['1', '2', undefined]);
  expect([form.getAll('a'), form.getAll('c')]).toEqual([['1', '3'], []]);
  expect([form.get('__proto__'), form.get('constructor')]).toEqual(['4', undefined]);
});

test('names says which fields and files are kept', () => {
  const files = new NotedFiles();
  const form = new FormReader(multipart, { names: ['a'], files });
  const field = (name: string): string =>
    `--b\r\nContent-Disposition: form-data; name=${name}\r\n\r\n${name}\r\n`;
  form.process(latin1(`${field('a')}${field('b')}`));
  form.process(twoFiles);
  expect(form.finalize()).toBe(true);
  expect([form.get('a'), form.get('b'), files.calls]).toEqual(['a', undefined, []]);
});

test('files are passed over when nobody takes them', () => {
  for (const options of [{}, { files: {} }]) {
    const form = new FormReader(multipart, options);
    expect([form.process(twoFiles), form.finalize(), form.error]).toEqual([true, true, undefined]);
  }
});

test.each([
  ['start one', ['start one', 'cut one']],
  ['content one', ['start one', 'content one', 'cut one']],
  ['end one', ['start one', 'content one', 'end one']],
  ['start two', ['start one', 'content one', 'end one', 'start two', 'cut two']],
])('-1 from %s refuses the form', (refuse, calls) => {
  const files = new NotedFiles(refuse);
  const form = new FormReader(multipart, { files });
  expect(form.process(twoFiles)).toBe(false);
  expect(form.error?.code).toBe('LWS_ERR_FORM_REFUSED');
  expect(form.error?.status).toBe(403);
  expect(form.finalize()).toBe(false);
  form.destroy();
  expect(files.calls).toEqual(calls);
});

const systemError = (code: string) =>
  Object.assign(new Error(`${code}: said by the system, write`), { code, syscall: 'write' });

describe.each([
  ['ENOSPC', 'LWS_ERR_FORM_NO_SPACE', 507],
  ['EDQUOT', 'LWS_ERR_FORM_NO_SPACE', 507],
  ['EMFILE', 'LWS_ERR_FORM_NO_DESCRIPTORS', 503],
  ['ENFILE', 'LWS_ERR_FORM_NO_DESCRIPTORS', 503],
  ['EIO', 'LWS_ERR_FORM_IO', 500],
  ['EACCES', 'LWS_ERR_FORM_IO', 500],
])('%s', (name, code, status) => {
  test.each([
    ['start', ['cut one']],
    ['content', ['cut one']],
    ['end', []],
  ])('thrown by %s refuses the form with its code, and the file is cut', (from, calls) => {
    const cause = systemError(name);
    const seen: string[] = [];
    const files = {
      cut: (file: FormFile) => void seen.push(`cut ${file.filename}`),
      [from]: () => {
        throw cause;
      },
    };
    const form = new FormReader(multipart, { files });
    expect(form.process(twoFiles)).toBe(false);
    expect(form.error).toMatchObject({ code, status, cause });
    expect(form.error?.message).toContain(name);
    expect([form.process(twoFiles), form.finalize(), seen]).toEqual([false, false, calls]);
  });
});

test('what a function throws that no system said is thrown on, once, and the file is cut', () => {
  const calls: string[] = [];
  const form = new FormReader(multipart, {
    files: {
      content() {
        throw new TypeError('of the program');
      },
      cut: (file) => void calls.push(`cut ${file.filename}`),
    },
  });
  expect(() => form.process(twoFiles)).toThrow('of the program');
  expect([form.process(twoFiles), form.finalize(), form.error]).toEqual([false, false, undefined]);
  expect(calls).toEqual(['cut one']);
});

test('a form that failed stays so, and keeps nothing', () => {
  const form = new FormReader(urlencoded);
  expect(form.process(latin1('a=1&b=%zz&c=%ff'))).toBe(false);
  expect(form.process(latin1('d=1'))).toBe(false);
  expect(form.finalize()).toBe(false);
  expect([form.error?.code, form.get('a')]).toEqual(['LWS_ERR_FORM_PERCENT', undefined]);
});

test('a type that is no form fails before anything is read', () => {
  const form = new FormReader('application/json');
  expect(form.error?.code).toBe('LWS_ERR_FORM_TYPE');
  expect([form.process(latin1('a=1')), form.finalize()]).toEqual([false, false]);
});

test('finalize is final', () => {
  const form = new FormReader(urlencoded);
  form.process(latin1('a=1'));
  expect([form.finalize(), form.finalize()]).toEqual([true, true]);
  expect([form.process(latin1('&b=2')), form.get('a'), form.get('b')]).toEqual([
    false,
    '1',
    undefined,
  ]);
});

test('destroy cuts the file in hand, once', () => {
  const files = new NotedFiles();
  const form = new FormReader(multipart, { files });
  form.process(twoFiles.subarray(0, twoFiles.length - 8));
  form.destroy();
  form.destroy();
  expect(files.calls.slice(-1)).toEqual(['cut two']);
  expect([form.process(twoFiles), form.finalize(), form.error]).toEqual([false, false, undefined]);
});

test('a form may be destroyed from within', () => {
  const calls: string[] = [];
  const form: FormReader = new FormReader(multipart, {
    files: {
      content(file) {
        calls.push(`content ${file.filename}`);
        form.destroy();
      },
      cut: (file) => void calls.push(`cut ${file.filename}`),
    },
  });
  expect(form.process(twoFiles)).toBe(false);
  expect([form.error?.code, calls]).toEqual(['LWS_ERR_FORM_REFUSED', ['content one', 'cut one']]);
});

test('content is a plain Uint8Array over what was pushed, and the file counts it', () => {
  const seen: unknown[] = [];
  const form = new FormReader(multipart, {
    files: {
      content(file, bytes) {
        seen.push(Object.getPrototypeOf(bytes) === Uint8Array.prototype, file.bytes);
      },
    },
  });
  form.process(Buffer.from(twoFiles));
  expect(seen).toEqual([true, 3, true, 3]);
});

test('what a chunk keeps for a delimiter is not shared with the program', () => {
  const body = latin1(
    '--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n1\r\n--x\r\n--y\r\n--b--',
  );
  let content = '';
  const form = new FormReader(multipart, {
    files: {
      content(_file, bytes) {
        content += String.fromCharCode(...bytes);
        bytes.fill(0);
      },
    },
  });
  for (let at = 0; at < body.length; at++) form.process(body.slice(at, at + 1));
  expect([form.finalize(), content]).toEqual([true, '1\r\n--x\r\n--y']);
});
