/** Whom the attack runner may attack: a server on loopback, and nobody else. */

/**
 * @typedef {object} Target
 * @property {string} host an address of loopback
 * @property {number} port
 * @property {boolean} secure https
 * @property {string} path what a good client asks for
 * @property {string} hostField the Host field
 * @property {string} post where slow bodies go
 * @property {string} [protocol] the subprotocol of WebSocket to ask for
 */

/**
 * @param {string} text a URL
 * @param {string} [post] the path of bodies; the URL's own by default
 * @param {string} [protocol] a subprotocol; none by default
 * @returns {Target}
 * @throws {Error} for any host that is not in 127.0.0.0/8, `::1` or `localhost`
 */
export function readTarget(text, post, protocol) {
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new Error(`${text}: give http: or https:`);
  const name = url.hostname;
  const host = name === 'localhost' ? '127.0.0.1' : name === '[::1]' ? '::1' : name;
  // URL has made one dotted quad of every form of an IPv4 address
  if (host !== '::1' && !/^127(\.\d{1,3}){3}$/.test(host))
    throw new Error(`${name} is not on loopback: nobody else is attacked`);
  const secure = url.protocol === 'https:';
  const path = `${url.pathname}${url.search}`;
  const port = Number(url.port) || (secure ? 443 : 80);
  return { host, port, secure, path, hostField: url.host, post: post ?? path, protocol };
}

/** An address of 127.0.0.0/8 of one's own for each number; not 127.0.0.x, where good clients are. */
export function loopbackAddress(number) {
  return `127.${1 + ((number >> 16) & 0x7f)}.${(number >> 8) & 0xff}.${1 + ((number & 0xff) % 254)}`;
}
