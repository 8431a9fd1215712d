import { describe, expect, test } from 'vitest';
import { readMount } from '../src/read-mount.ts';

/** Nothing of it would be read by name, and it would be passed over without a word. */
describe.each([
  ['a Map', new Map([['x-a', 'b']])],
  ['Headers', new Headers({ 'x-a': 'b' })],
  ['a list', [['x-a', 'b']]],
])('%s is no record', (_what, given) => {
  test.each([
    ['headers', 'file:///x', 'LWS_ERR_OPTION'],
    ['interpret', 'file:///x', 'LWS_ERR_OPTION'],
    ['extraMimetypes', 'file:///x', 'LWS_ERR_MOUNT_MIMETYPE'],
    ['cgienv', 'cgi:///x', 'LWS_ERR_OPTION'],
    ['pmo', 'callback://x', 'LWS_ERR_OPTION'],
    ['upstreamTls', 'https://x/', 'LWS_ERR_OPTION'],
  ])('%s of a mount', (name, origin, code) => {
    expect(() => readMount({ mountpoint: '/', origin, [name]: given }, 'mounts[0]', 1)).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringContaining(`${name} is not a record`),
      }),
    );
  });
});

test.each([
  [{ mountpoint: '/a/' }, 'is "/a/", not a path like / or /one/two: '],
  [{ def: 'a/b' }, 'is "a/b", not the name of a file, '],
  [{ fallback: '/a' }, 'is "/a", not a path below the origin like app.html: '],
  [{ basicAuthLoginFile: '' }, 'is "", not a path'],
  [{ mountpoint: undefined }, 'mountpoint of mounts[0] is undefined, not a path'],
  [{ deff: 'x' }, 'deff of mounts[0] (a mount of kind file); did you mean def?'],
  [{ exactMatch: 1 }, 'exactMatch of mounts[0] (a mount of kind file) is 1'],
])('%o is refused in words', (members, message) => {
  expect(() =>
    readMount({ mountpoint: '/', origin: 'file:///x', ...members }, 'mounts[0]', 1),
  ).toThrow(expect.objectContaining({ message: expect.stringContaining(message) }));
});

test('a misspelt origin is named, not what is missing then', () => {
  expect(() => readMount({ mountpoint: '/', orgin: 'file:///x' }, 'mounts[0]', 1)).toThrow(
    'unknown option: orgin of mounts[0]; did you mean origin?',
  );
});
