import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './repository.ts';

const homes = ['packages', 'apps'].flatMap((area) =>
  readdirSync(join(root, area)).map((name) => `${area}/${name}`),
);
const folders = ['.', 'docs', 'docs/decisions', 'bench', 'conformance', 'e2e', ...homes];
const pages = folders
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name)))
  .filter((file) => file.endsWith('.md'));

/** The anchor GitHub makes of a heading. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');

const text = (file: string): string => readFileSync(file, 'utf8').replace(/^```[\s\S]*?^```/gm, '');

test.each(pages.map((file) => [relative(root, file), file]))('links of %s', (_name, file) => {
  const dead = Array.from(text(file).matchAll(/\]\(([^)\s]+)\)/g), ([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [path = '', fragment] = link.split('#');
      const target = path === '' ? file : join(dirname(file), path);
      if (!existsSync(target)) return true;
      if (fragment === undefined) return false;
      const headings = Array.from(text(target).matchAll(/^#+ (.*)$/gm), ([, one = '']) => one);
      return !headings.map(anchor).includes(fragment);
    });
  expect(dead).toEqual([]);
});

test.each(pages.map((file) => [relative(root, file), file]))('tables of %s', (_name, file) => {
  const wrong: string[] = [];
  let columns = 0;
  for (const line of text(file).split('\n')) {
    const bars = line.startsWith('|') ? (line.match(/(?<!\\)\|/g) ?? []).length : 0;
    if (columns > 0 && bars > 0 && bars !== columns) wrong.push(line);
    else columns = bars;
  }
  expect(wrong).toEqual([]);
});
