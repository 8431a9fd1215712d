import { describe, expect, test } from 'vitest';
import { inChunks, latin1, readForm, urlencoded } from './read-form.ts';

describe.each([
  ['nothing', '', []],
  ['a field', 'text=hello', ['"text"="hello"']],
  ['two fields', 'text=hello&send=go', ['"text"="hello"', '"send"="go"']],
  ['an empty value', 'a=&b=1', ['"a"=""', '"b"="1"']],
  ['no equals sign', 'a&b=1', ['"a"=""', '"b"="1"']],
  ['an empty name', '=x', ['""="x"']],
  ['nothing between ampersands', '&&a=1&&', ['"a"="1"']],
  ['equals signs in a value', 'a=b=c==', ['"a"="b=c=="']],
  ['plus is a space', 'a+b=+c+', ['"a b"=" c "']],
  ['escapes', 'a%3Db=%26%2b%25', ['"a=b"="&+%"']],
  ['escapes in either case', 'a=%c3%BC', ['"a"="ü"']],
  ['raw UTF-8', 'a=\xc3\xbc', ['"a"="ü"']],
  ['a name twice', 'a=1&a=2', ['"a"="1"', '"a"="2"']],
  ['a zero byte', 'a=%00', ['"a"="\\u0000"']],
  ['a byte order mark stays', 'a=%EF%BB%BFx', ['"a"="\uFEFFx"']],
  ['a line end at the end', 'a=1\r\n', ['"a"="1\\r\\n"']],
  ['names of Object', '__proto__=1&constructor=2', ['"__proto__"="1"', '"constructor"="2"']],
  ['no digits behind %', 'a=%zz', ['LWS_ERR_FORM_PERCENT']],
  ['one digit behind %', 'a=%4&b=1', ['LWS_ERR_FORM_PERCENT']],
  ['% at the end', 'a=1%', ['LWS_ERR_FORM_PERCENT']],
  ['%4 at the end', 'a=1%4', ['LWS_ERR_FORM_PERCENT']],
  ['% in a name', 'a%=1', ['LWS_ERR_FORM_PERCENT']],
  ['%25 twice decoded stays', 'a=%2541', ['"a"="%41"']],
  ['%+1 is no number', 'a=%+1', ['LWS_ERR_FORM_PERCENT']],
  ['a value that is not UTF-8', 'a=%ff', ['LWS_ERR_FORM_UTF8']],
  ['a raw value that is not UTF-8', 'a=\xff&b=1', ['LWS_ERR_FORM_UTF8']],
  ['overlong UTF-8', 'a=%c0%af', ['LWS_ERR_FORM_UTF8']],
  ['a surrogate in UTF-8', 'a=%ed%a0%80', ['LWS_ERR_FORM_UTF8']],
  ['UTF-8 that ends early', 'a=%c3&b=1', ['LWS_ERR_FORM_UTF8']],
  ['a name that is not UTF-8', '%ff=a', ['LWS_ERR_FORM_UTF8']],
  ['fields before an error are dropped', 'a=1&b=%', ['LWS_ERR_FORM_PERCENT']],
] as const)('%s', (_name, body, expected) => {
  test.each([1, 2, 3, 64])('in chunks of %i', (size) => {
    expect(readForm(urlencoded, inChunks(latin1(body), size))).toEqual(expected);
  });
});

test.each([
  ['a charset that is not UTF-8', `${urlencoded}; charset=iso-8859-1`],
  ['parameters that are none', `${urlencoded}; charset`],
  ['no type', undefined],
  ['an empty type', ''],
  ['another type', 'text/plain'],
  ['a longer type', `${urlencoded}-2`],
  ['another multipart', 'multipart/mixed; boundary=b'],
])('%s is no form', (_name, type) => {
  expect(readForm(type, [latin1('a=1')])).toEqual(['LWS_ERR_FORM_TYPE']);
});

test.each([
  `${urlencoded}; charset=UTF-8`,
  `${urlencoded};charset="utf-8";`,
  ' Application/X-WWW-Form-Urlencoded ; other=1 ',
])('%s is a form', (type) => {
  expect(readForm(type, [latin1('a=1')])).toEqual(['"a"="1"']);
});
