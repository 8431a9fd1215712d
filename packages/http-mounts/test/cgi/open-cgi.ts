/** Mounts of scripts that a test writes: the peer comes by memory, the scripts are real. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, type Vhost } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { connectRawPeer, type RawPeer } from '@lws-ts/test-kit';
import { vfs } from '@lws-ts/vfs';
import { vi } from 'vitest';
import { captureLog } from '../../../core/test/captured-log.ts';
import { eachTest } from '../../../core/test/each-test.ts';
import { httpMounts, type Mount } from '../../src/index.ts';

export const logged: readonly string[] = captureLog();
const closers: (() => unknown)[] = [];

eachTest({
  async after() {
    for (const close of closers.splice(0).reverse()) await close();
  },
});

export interface OpenCgi {
  readonly vhost: Vhost;
  readonly folder: string;
  readonly close: () => Promise<unknown>;
  readonly connect: (options?: { capacity?: number; clientAddress?: string }) => Promise<RawPeer>;
  /** Sends one request, and gives all that is heard until the connection ends. */
  readonly ask: (request: string) => Promise<string>;
}

/**
 * A vhost with the script at `/s`.
 *
 * @param mode of its file; null: there is no file
 */
export async function openCgi(
  script: string,
  members: object = {},
  vhostOptions: Readonly<Record<string, unknown>> = {},
  mode: number | null = 0o755,
): Promise<OpenCgi> {
  const mounts = (folder: string): Mount[] => {
    if (mode !== null) writeFileSync(`${folder}/script`, script, { mode });
    return [
      { mountpoint: '/s', origin: `cgi://${folder}/script`, ...members },
      { mountpoint: '/files', origin: `file://${folder}` },
    ];
  };
  return openMounts(mounts, vhostOptions);
}

/** A vhost with mounts that are made in a folder of their own. */
export async function openMounts(
  make: (folder: string) => Mount[],
  vhostOptions: Readonly<Record<string, unknown>> = {},
  contextOptions: Readonly<Record<string, unknown>> = {},
): Promise<OpenCgi> {
  const folder = mkdtempSync(join(tmpdir(), 'lws-cgi-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  const mounts = make(folder);
  const context = await createContext({
    use: [http(), httpMounts(), vfs()],
    ...contextOptions,
    vhosts: [{ port: -1, mounts, ...vhostOptions }],
  });
  const close = (): Promise<unknown> => context.close({ deadlineSecs: 0 });
  closers.push(close);
  const vhost = context.vhosts[0] as unknown as Vhost;
  const connect = async (options = {}): Promise<RawPeer> =>
    (await connectRawPeer(vhost, options)).peer;
  return {
    vhost,
    folder,
    close,
    connect,
    async ask(request) {
      const peer = await connect();
      await peer.send(request);
      await vi.waitUntil(() => peer.ended || peer.isClosed, { timeout: 15_000 });
      return Buffer.from(peer.bytes).toString('latin1');
    },
  };
}

/** `sh` with these lines. */
export const sh = (...lines: readonly string[]): string => `#!/bin/sh\n${lines.join('\n')}\n`;

/** The header block that most scripts begin with. */
export const plain = `printf 'Content-Type: text/plain\\n\\n'`;

/** A request that is the last of its connection. */
export const get = (path: string, fields = '', method = 'GET'): string =>
  `${method} ${path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n${fields}\r\n`;

export interface Answer {
  readonly status: number;
  readonly head: string;
  /** Without the framing of chunks. */
  readonly body: string;
  /** The framing said that it is complete. */
  readonly whole: boolean;
}

export function readAnswer(heard: string): Answer {
  const end = heard.indexOf('\r\n\r\n');
  const head = heard.slice(0, end + 2).toLowerCase();
  const rest = heard.slice(end + 4);
  const status = Number(heard.slice(9, 12));
  const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
  if (!head.includes('transfer-encoding: chunked'))
    return { status, head, body: rest, whole: end >= 0 && rest.length >= Number(length ?? 0) };
  let body = '';
  for (let at = 0; ; ) {
    const line = rest.indexOf('\r\n', at);
    const size = line < 0 ? Number.NaN : Number.parseInt(rest.slice(at, line), 16);
    if (!(size > 0)) return { status, head, body, whole: size === 0 };
    body += rest.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
  }
}

/**
 * Whether a group has a process, or a zombie of ours. Zombies that were left to the first process of the machine are
 * for that one to wait for.
 */
export function alive(group: number): boolean {
  if (!existsSync('/proc/self/stat')) return answersTo(group);
  return readdirSync('/proc').some((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    let stat = '';
    try {
      stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    } catch {
      return false;
    }
    const [state, parent, of] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(of) === group && (state !== 'Z' || Number(parent) === process.pid);
  });
}

function answersTo(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}
