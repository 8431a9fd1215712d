import { describe, expect, test } from 'vitest';
import { statusPage } from '../src/index.ts';

const read = (page: string) =>
  /<title>(.*)<\/title>.*<h1>(.*)<\/h1><p>(.*)<\/p><\/body><\/html>\n$/.exec(page)?.slice(1);

describe('the page of a status', () => {
  test.each([
    [404, '404 Not Found', 'There is nothing here.'],
    [414, '414 URI Too Long', 'URI Too Long.'],
    [
      431,
      '431 Request Header Fields Too Large',
      'The request says more of itself than is read here.',
    ],
    [502, '502 Bad Gateway', 'Bad Gateway.'],
    [599, '599', 'The request failed.'],
    [200, '200 OK', ''],
  ])('%i', (status, title, words) => {
    expect(read(statusPage(status))).toEqual([title, String(status), words]);
  });

  test('with words of somebody else, which are text', () => {
    expect(read(statusPage(400, '<b>"no"</b>'))).toEqual([
      '400 Bad Request',
      '400',
      '&#60;b&#62;&#34;no&#34;&#60;/b&#62;',
    ]);
    expect(read(statusPage(404, ''))?.[2]).toBe('');
  });

  test('is small, of ASCII, and needs nothing from elsewhere', () => {
    for (let status = 400; status < 600; status++) {
      const page = statusPage(status);
      expect(page.length).toBeLessThan(768);
      expect(page).toMatch(/^[\x20-\x7e]+\n$/);
      expect(page).not.toMatch(/https?:|src=|href=|url\(/);
    }
  });
});
