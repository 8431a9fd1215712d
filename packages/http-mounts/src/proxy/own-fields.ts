import { fieldsLength, writeFields } from '@lws-ts/http/framing';
import type { HttpFields, HttpRequest, RoleHost } from '@lws-ts/interface';
import { type Forwarded, type ForwardedFrom, ownFields } from './forwarded-fields.ts';

interface Said {
  readonly host: string;
  readonly version: string;
  readonly lines: Uint8Array;
}

/**
 * What the proxy says of the requests of a connection, in field lines: the same for all that have the same Host, as
 * long as the peer says nothing of that kind itself.
 */
export class OwnFields {
  readonly #said = new WeakMap<RoleHost, Said>();

  /** Undefined: the peer said something. */
  linesFor(
    of: RoleHost,
    forwarded: Forwarded,
    request: HttpRequest,
    from: ForwardedFrom,
  ): Uint8Array | undefined {
    if (forwarded.before !== undefined) return undefined;
    const { host } = forwarded;
    const { version } = request;
    const known = this.#said.get(of);
    if (known !== undefined && known.host === host && known.version === version) return known.lines;
    const lines = linesOf(ownFields(forwarded, request, from));
    this.#said.set(of, { host, version, lines });
    return lines;
  }
}

function linesOf(fields: HttpFields): Uint8Array {
  const room = new Uint8Array(fieldsLength(fields));
  return room.slice(0, writeFields(room, 0, fields));
}
