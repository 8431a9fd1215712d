import { readPath } from '@lws-ts/http/framing';
import { type HttpRequest, originForm } from '@lws-ts/interface';
import { encodePath, encodeSentPath } from './location.ts';
import type { MountCommon } from './mount.ts';
import { pathBelow } from './mounted-path.ts';

/** RFC 3986 §2.2, without the slash; and the percent sign. */
const RESERVED = /[!#$%&'()*+,:;=?@[\]]/;
const ENCODED_RESERVED = /%(?=2[1345-9A-C]|3[ABDF]|40|5[BD])/gi;

/**
 * The part of a request path that lies below the mountpoint, clean and encoded, for another server to read. A reserved
 * character stays what it came as, itself or encoded: only the server that it is for knows whether they are the same.
 */
export function sentBelow(mount: MountCommon, { path, target }: HttpRequest): string {
  if (!RESERVED.test(path)) return encodePath(pathBelow(mount, path));
  // one more encoding is what reading it takes away
  const sent = originForm(target).replace(/\?.*/s, '').replace(ENCODED_RESERVED, '%25');
  const bytes = Buffer.from(sent, 'latin1');
  const clean = readPath(bytes, 0, bytes.length);
  if (typeof clean !== 'string') return encodePath(pathBelow(mount, path));
  const segments = encodeSentPath(clean).split('/');
  const above = mount.mountpoint === '/' ? 1 : mount.mountpoint.split('/').length;
  return segments
    .slice(above)
    .map((segment) => `/${segment}`)
    .join('');
}
