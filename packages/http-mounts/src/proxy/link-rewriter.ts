/**
 * Puts the mountpoint in front of links of an HTML page that begin with a slash: `href`, `src` and `action`, in
 * quotes. In pieces as they come; what could be the begin of such a link at the end of one waits for the next.
 */

const LINK = /(\s(?:href|src|action)\s*=\s*["'])\/(?!\/)/gi;
/** The most that the begin of a link may have and be seen across two pieces, in characters. */
const carried = 64;
/** A begin that may go on. */
const OPEN = /\s(?:[a-z]{0,6}|(?:href|src|action)\s*(?:=\s*(?:["']\/?)?)?)$/i;

export class LinkRewriter {
  readonly #mountpoint: string;
  #carry = '';

  /** @param mountpoint `/` changes nothing */
  constructor(mountpoint: string) {
    this.#mountpoint = mountpoint === '/' ? '' : mountpoint;
  }

  /** Bytes are taken as they are, one character each: the page may be in any encoding that has ASCII in it. */
  push(bytes: Uint8Array, final: boolean): Uint8Array {
    const text = this.#carry + latin1(bytes);
    const open = final ? undefined : OPEN.exec(text.slice(-carried));
    const end = open === null || open === undefined ? text.length : text.length - open[0].length;
    this.#carry = text.slice(end);
    const whole = text
      .slice(0, end)
      .replace(LINK, `$1${this.#mountpoint.replaceAll('$', '$$$$')}/`);
    return Uint8Array.from(Buffer.from(whole, 'latin1'));
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
