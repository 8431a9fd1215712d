/** Seen by the type checker alone: what may be written and what may not. */
import { createContext } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { vfs } from '@lws-ts/vfs';
import { httpMounts, type Mount } from '../src/index.ts';

export const whole: Mount = {
  mountpoint: '/',
  origin: 'file://./www',
  def: 'test.html',
  extraMimetypes: { '.md': 'text/markdown' },
  cacheMaxAge: 1,
  cacheReusable: true,
  cacheRevalidate: true,
  cacheIntermediaries: true,
  follow: false,
  dotFiles: false,
};

export const kinds: readonly Mount[] = [
  { mountpoint: '/', kind: 'file', origin: './www', exactMatch: true, methods: ['GET'] },
  { mountpoint: '/', kind: 'callback', origin: 'protocol-post-demo', pmo: { a: 'b' } },
  { mountpoint: '/', kind: 'redirect', origin: 'https://example.com', status: 308 },
  { mountpoint: '/', origin: 'callback://protocol-post-demo', headers: { 'x-a': 'b' } },
  { mountpoint: '/', origin: '>https://example.com', appendPath: true },
];

// @ts-expect-error def is of files
export const foreign: Mount = { mountpoint: '/', kind: 'redirect', origin: 'https://x', def: 'x' };
// @ts-expect-error no such kind
export const noKind: Mount = { mountpoint: '/', kind: 'fcgi', origin: './x' };
// @ts-expect-error cgienv is of scripts
export const variables: Mount = { mountpoint: '/', kind: 'file', origin: './x', cgienv: {} };
// @ts-expect-error no origin
export const noOrigin: Mount = { mountpoint: '/' };
// @ts-expect-error a misspelt member
export const misspelt: Mount = { mountpoint: '/', origin: 'file://.', cacheMaxage: 1 };

export const contexts = [
  createContext({ use: [http(), httpMounts(), vfs()], vhosts: [{ mounts: [whole] }] }),
  createContext({ use: [http(), httpMounts(), vfs()], fileCacheBytes: 0, mounts: [whole] }),
  // @ts-expect-error mounts exists only where its module is
  createContext({ use: [http(), vfs()], vhosts: [{ mounts: [whole] }] }),
];
