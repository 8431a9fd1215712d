import { describe, expect, test } from 'vitest';
import { type FormLimits, FormReader, formErrors } from '../../src/index.ts';
import { inChunks, latin1, multipart, readForm, urlencoded } from './read-form.ts';

/** A multipart body with these parts: a value, and of what stands behind the name. */
function parts(...each: readonly (readonly [value: string, more?: string])[]): string {
  const texts = each.map(
    ([value, more = '']) =>
      `--b\r\nContent-Disposition: form-data; name="n"${more}\r\n\r\n${value}\r\n`,
  );
  return `${texts.join('')}--b--`;
}

function lastOf(type: string, chunks: readonly Uint8Array[], limits: FormLimits = {}): string {
  return readForm(type, chunks, limits).at(-1) ?? 'nothing';
}

const ten = 'x'.repeat(10);
const file = '; filename="f"';

test.each([
  [urlencoded, `${'a'.repeat(150)}=1`],
  [multipart, parts(['1']).replace('"n"', `"${'n'.repeat(150)}"`)],
])('maxFieldNameBytes of %s may be more than its default', (type, form) => {
  expect(lastOf(type, [latin1(form)])).toBe('LWS_ERR_FORM_NAME_BYTES');
  expect(lastOf(type, [latin1(form)], { maxFieldNameBytes: 150 })).not.toMatch(/^LWS/);
});

/** Each limit with a form that meets it exactly and the same form with one more. */
describe.each([
  ['maxFields', 2, urlencoded, 'a=1&b=2', 'a=1&b=2&c', 'LWS_ERR_FORM_FIELDS'],
  ['maxFields', 1, multipart, parts(['1']), parts(['1'], ['2']), 'LWS_ERR_FORM_FIELDS'],
  ['maxFieldNameBytes', 3, urlencoded, 'a%20b=1', 'a%20bc=1', 'LWS_ERR_FORM_NAME_BYTES'],
  [
    'maxFieldNameBytes',
    1,
    multipart,
    parts(['1']),
    parts(['1']).replace('"n"', '"nn"'),
    'LWS_ERR_FORM_NAME_BYTES',
  ],
  [
    'maxFieldNameBytes',
    1,
    multipart,
    parts(['1', file]),
    parts(['1', file]).replace('"n"', '"\xc3\xbc"'),
    'LWS_ERR_FORM_NAME_BYTES',
  ],
  ['maxFieldBytes', 10, urlencoded, `a=${ten}`, `a=${ten}x`, 'LWS_ERR_FORM_FIELD_BYTES'],
  ['maxFieldBytes', 3, urlencoded, 'a=%20+x', 'a=%20+xx', 'LWS_ERR_FORM_FIELD_BYTES'],
  ['maxFieldBytes', 0, urlencoded, 'a=', 'a=x', 'LWS_ERR_FORM_FIELD_BYTES'],
  ['maxFieldBytes', 10, multipart, parts([ten]), parts([`${ten}x`]), 'LWS_ERR_FORM_FIELD_BYTES'],
  ['maxStorage', 14, urlencoded, 'a=12345&b=1234567', 'a=12345&b=12345678', 'LWS_ERR_FORM_STORAGE'],
  ['maxStorage', 6, urlencoded, 'a=12345', 'a=12345&b', 'LWS_ERR_FORM_STORAGE'],
  ['maxStorage', 11, multipart, parts([ten]), parts([`${ten}x`]), 'LWS_ERR_FORM_STORAGE'],
  [
    'maxFiles',
    1,
    multipart,
    parts(['x', file]),
    parts(['x', file], ['', file]),
    'LWS_ERR_FORM_FILES',
  ],
  ['maxFiles', 0, multipart, parts(['x']), parts(['x', file]), 'LWS_ERR_FORM_FILES'],
  [
    'maxFileBytes',
    10,
    multipart,
    parts([ten, file], [ten, file]),
    parts([`${ten}x`, file]),
    'LWS_ERR_FORM_FILE_BYTES',
  ],
  ['maxFileBytes', 0, multipart, parts(['', file]), parts(['x', file]), 'LWS_ERR_FORM_FILE_BYTES'],
  [
    'maxPartHeaderBytes',
    64,
    multipart,
    parts(['1', `; x=${'y'.repeat(16)}`]),
    parts(['1', `; x=${'y'.repeat(17)}`]),
    'LWS_ERR_FORM_PART_HEADER_BYTES',
  ],
  ['maxFormBytes', 3, urlencoded, 'a=1', 'a=12', 'LWS_ERR_FORM_BYTES'],
  ['maxFormBytes', 0, urlencoded, '', 'a', 'LWS_ERR_FORM_BYTES'],
  [
    'maxFormBytes',
    parts(['1']).length,
    multipart,
    parts(['1']),
    parts(['12']),
    'LWS_ERR_FORM_BYTES',
  ],
] as const)('%s: %i of %s', (option, limit, type, within, over, code) => {
  const limits: FormLimits = { [option]: limit };

  test.each([1, 3, 4096])('in chunks of %i', (size) => {
    expect(lastOf(type, inChunks(latin1(within), size), limits)).not.toMatch(/^LWS/);
    expect(readForm(type, inChunks(latin1(over), size), limits).at(-1)).toBe(code);
  });

  test('is not met without the option', () => {
    expect(lastOf(type, [latin1(over)])).not.toMatch(/^LWS/);
  });

  test('is answered 413', () => {
    expect(formErrors[code].status).toBe(413);
  });
});

test('a file that is too large is given up to the limit, then cut', () => {
  const body = latin1(parts([`${ten}yz`, file]));
  for (const size of [1, 3, 4096])
    expect(readForm(multipart, inChunks(body, size), { maxFileBytes: 11 })).toEqual([
      'file "n" "f" text/plain',
      `content "${ten}y"`,
      'cut 11',
      'LWS_ERR_FORM_FILE_BYTES',
    ]);
});

test.each([
  ['maxFieldBytes', { maxFieldBytes: 5, maxStorage: 6 }, 'LWS_ERR_FORM_FIELD_BYTES'],
  ['maxStorage', { maxFieldBytes: 6, maxStorage: 6 }, 'LWS_ERR_FORM_STORAGE'],
] as const)('%s is told when it is met first', (_option, limits, code) => {
  const body = latin1(`a=${ten}`);
  for (const size of [1, 3, 4096])
    expect(readForm(urlencoded, inChunks(body, size), limits)).toEqual([code]);
});

test.each([
  ['a value', urlencoded, `other=${ten}&a=1`, { maxFieldBytes: 5, maxStorage: 5 }, ['"a"="1"']],
  ['a value of a part', multipart, parts([ten]), { maxFieldBytes: 5, maxStorage: 5 }, []],
  ['a file', multipart, parts([ten, file]), { maxFileBytes: 5 }, []],
  ['an input too many', urlencoded, 'other&a=1', { maxFields: 1 }, ['LWS_ERR_FORM_FIELDS']],
  ['a file too many', multipart, parts([ten, file]), { maxFiles: 0 }, ['LWS_ERR_FORM_FILES']],
  ['a value that is not UTF-8', urlencoded, 'other=%ff&a=1', {}, ['"a"="1"']],
  ['a value with a lone percent sign', urlencoded, 'other=%&a=1', {}, ['LWS_ERR_FORM_PERCENT']],
] as const)('what nobody asked for: %s', (_name, type, body, limits, expected) => {
  expect(readForm(type, [latin1(body)], { ...limits, names: ['a'] })).toEqual(expected);
});

test.each([
  [{ maxFields: -1 }, 'LWS_ERR_OPTION'],
  [{ maxFieldBytes: '1' }, 'LWS_ERR_OPTION'],
  [{ maxPartHeaderBytes: 63 }, 'LWS_ERR_OPTION'],
  [{ names: 'a' }, 'LWS_ERR_OPTION'],
  [{ names: [1] }, 'LWS_ERR_OPTION'],
  [{ maxFeilds: 1 }, 'LWS_ERR_OPTION_UNKNOWN'],
])('options %j throw %s', (options, code) => {
  expect(() => new FormReader(urlencoded, options as FormLimits)).toThrow(
    expect.objectContaining({ code }),
  );
});
