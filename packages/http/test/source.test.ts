import { readdirSync, readFileSync } from 'node:fs';
import { httpErrors } from '@lws-ts/http';
import { expect, test } from 'vitest';

const root = new URL('../src/', import.meta.url);
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(new URL(name, root), 'utf8') }));

test('no source knows of an upper role, of node:http or of a socket', () => {
  expect(sources.length).toBeGreaterThan(15);
  for (const { name, text } of sources) {
    expect(text, name).not.toMatch(/websocket/i);
    expect(text, name).not.toMatch(/node:(http|net|stream|tls)/);
  }
});

test('the framing knows neither core nor the role', () => {
  const framing = sources.filter(({ name }) => name.startsWith('framing'));
  expect(framing.length).toBeGreaterThan(8);
  for (const { name, text } of framing) {
    expect(text, name).not.toMatch(/from '@lws-ts\/core'/);
    expect(text, name).not.toMatch(/from '\.\.\/(?!errors\.ts)/);
  }
});

test('every code is used', () => {
  for (const code of Object.keys(httpErrors)) {
    const users = sources.filter(({ name, text }) => name !== 'errors.ts' && text.includes(code));
    expect(users, code).not.toEqual([]);
  }
});

test('every code is in the README with its status', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  for (const { code, status } of Object.values(httpErrors))
    expect(readme, code).toMatch(new RegExp(`\\| \`${code}\` +\\| ${status ?? ''}`));
});
