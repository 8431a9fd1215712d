/**
 * Who may use an area: a file of lines `user:password`, or `user:{SHA256}digest` and `user:{SHA512}digest`, the
 * digest of the password in base64. Empty lines and those that begin with `#` are passed over. The file is looked
 * at again once a second. One that cannot be read, or is no file, lets nobody in. lws: basic_auth_login_file
 */

import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { crypto } from './node-crypto.ts';

/** How long what was read is believed, in ms. */
const trustedMs = 1000;
/** A larger file is not read, in bytes. */
const longestFile = 1024 * 1024;
const digestLine = /^\{(SHA256|SHA512)\}([A-Za-z0-9+/]+={0,2})$/;

interface Login {
  readonly user: Uint8Array;
  readonly hash: 'sha256' | 'sha512';
  readonly secret: Uint8Array;
}

export class LoginFile {
  readonly path: string;
  #logins: readonly Login[] | undefined = undefined;
  #state = '';
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** Nothing is read yet. */
  constructor(path: string) {
    this.path = path;
  }

  /**
   * Whether a line of the file has both; undefined when it cannot be read. What it takes does not depend on how much
   * of them is right: every line is compared, by digests.
   *
   * @param now ms of a monotonic clock
   */
  has(user: Uint8Array, password: Uint8Array, now: number): boolean | undefined {
    if (now - this.#lookedAt >= trustedMs) this.#look(now);
    const logins = this.#logins;
    if (logins === undefined) return undefined;
    const name = digest('sha256', user);
    const secrets = { sha256: digest('sha256', password), sha512: digest('sha512', password) };
    let found = 0;
    for (const login of logins) {
      const sameUser = Number(crypto().timingSafeEqual(login.user, name));
      found |= sameUser & Number(crypto().timingSafeEqual(login.secret, secrets[login.hash]));
    }
    return found === 1;
  }

  #look(now: number): void {
    this.#lookedAt = now;
    try {
      // the last one tells of other contents with the old time, and of who may read them
      const { ino, size, mtimeMs, ctimeMs } = statSync(this.path);
      const state = `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
      if (state === this.#state) return;
      const file = readFile(this.path);
      this.#logins = file === undefined ? undefined : readLogins(file);
      this.#state = state;
    } catch {
      this.#logins = undefined;
      this.#state = '';
    }
  }
}

/** The credentials of an Authorization field (RFC 7617 §2); undefined where it has none that can be read. */
export function basicCredentials(
  field: string | undefined,
): { readonly user: Uint8Array; readonly password: Uint8Array } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(field?.slice(0, 2048) ?? '')?.[1];
  if (encoded === undefined || encoded.length % 4 !== 0) return undefined;
  const bytes = new Uint8Array(Buffer.from(encoded, 'base64'));
  const colon = bytes.indexOf(0x3a);
  if (colon < 0) return undefined;
  return { user: bytes.subarray(0, colon), password: bytes.subarray(colon + 1) };
}

/** Undefined: too large, or no file. A FIFO would be waited for, and everybody with it. */
function readFile(path: string): Uint8Array | undefined {
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = fstatSync(descriptor);
    return stats.isFile() && stats.size <= longestFile ? readFileSync(descriptor) : undefined;
  } finally {
    closeSync(descriptor);
  }
}

function readLogins(file: Uint8Array): Login[] {
  const logins: Login[] = [];
  // one character a byte: names and passwords are compared as bytes
  for (const line of Buffer.from(file).toString('latin1').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon < 0 || line.startsWith('#')) continue;
    const given = line.slice(colon + 1);
    const user = digest('sha256', Buffer.from(line.slice(0, colon), 'latin1'));
    const [, name, encoded = ''] = digestLine.exec(given) ?? [];
    const hash = name === 'SHA512' ? 'sha512' : 'sha256';
    const secret =
      name === undefined
        ? digest('sha256', Buffer.from(given, 'latin1'))
        : new Uint8Array(Buffer.from(encoded, 'base64'));
    // a digest of another length is of nothing
    if (secret.length === (hash === 'sha256' ? 32 : 64)) logins.push({ user, hash, secret });
  }
  return logins;
}

function digest(hash: 'sha256' | 'sha512', bytes: Uint8Array): Uint8Array {
  return new Uint8Array(crypto().createHash(hash).update(bytes).digest());
}
