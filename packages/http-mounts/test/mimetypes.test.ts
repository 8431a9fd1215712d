import { expect, test } from 'vitest';
import { checkMimetypes, MimeTable } from '../src/mimetypes.ts';

const plain = new MimeTable({});

test.each([
  ['/index.html', 'text/html; charset=utf-8'],
  ['/index.htm', 'text/html; charset=utf-8'],
  ['/INDEX.HTML', 'text/html; charset=utf-8'],
  ['/a.css', 'text/css; charset=utf-8'],
  ['/a.js', 'text/javascript; charset=utf-8'],
  ['/a.mjs', 'text/javascript; charset=utf-8'],
  ['/a.txt', 'text/plain; charset=utf-8'],
  ['/a.json', 'application/json'],
  ['/a.wasm', 'application/wasm'],
  ['/favicon.ico', 'image/x-icon'],
  ['/a.gif', 'image/gif'],
  ['/a.png', 'image/png'],
  ['/a.jpg', 'image/jpeg'],
  ['/a.JPG', 'image/jpeg'],
  ['/a.jpeg', 'image/jpeg'],
  ['/a.svg', 'image/svg+xml'],
  ['/a.gz', 'application/gzip'],
  ['/a.tar.gz', 'application/gzip'],
  ['/a.ttf', 'font/ttf'],
  ['/a.otf', 'font/otf'],
  ['/a.woff', 'font/woff'],
  ['/a.woff2', 'font/woff2'],
  ['/a.xml', 'application/xml'],
  ['/a', undefined],
  ['/a.', undefined],
  ['/html', undefined],
  ['/.html', undefined],
  ['/a.html/b', undefined],
  ['/a.unknown', undefined],
  ['/a.__proto__', undefined],
  ['/a.constructor', undefined],
  ['/a.html ', undefined],
])('%s: %s', (path, type) => {
  expect(plain.typeOf(path)).toBe(type);
});

const extra = new MimeTable({
  '.md': 'text/markdown',
  '.HTML': 'application/x-mine',
  '.tar.gz': 'application/x-tgz',
  '.bin': '',
  '.latin': 'text/plain; charset=iso-8859-1',
});

test.each([
  ['/a.md', 'text/markdown; charset=utf-8'],
  ['/a.html', 'application/x-mine'],
  ['/a.tar.gz', 'application/x-tgz'],
  ['/a.gz', 'application/gzip'],
  ['/a.bin', 'application/octet-stream'],
  ['/a.latin', 'text/plain; charset=iso-8859-1'],
  ['/a.other', undefined],
])('with extra types %s: %s', (path, type) => {
  expect(extra.typeOf(path)).toBe(type);
});

test.each([
  ['', 'application/octet-stream'],
  ['text/plain', 'text/plain; charset=utf-8'],
])('* as %j', (type, answer) => {
  const table = checkMimetypes({ '*': type }, 'extraMimetypes');
  expect(table.typeOf('/README')).toBe(answer);
  expect(table.typeOf('/a.unknown')).toBe(answer);
  expect(table.typeOf('/a.png')).toBe('image/png');
});
