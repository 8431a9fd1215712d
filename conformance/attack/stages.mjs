/** The stages of a connection at which a peer can reset it: what is said before, and whether an answer is waited for. */

/** @typedef {{ name: string, said: readonly (string | Uint8Array)[], hears: boolean }} Stage */

const hex = (text) => Buffer.from(text, 'hex');
const message = hex('8185000000006162636465');

/**
 * @param {{ hostField: string, path: string, large: string, post: string, protocol?: string }} at `large`: a file of several MiB, or the same as `path`
 * @returns {readonly Stage[]}
 */
export function stagesOf({ hostField, path, large, post, protocol }) {
  const host = `Host: ${hostField}\r\n`;
  const get = `GET ${path} HTTP/1.1\r\n${host}\r\n`;
  const getLarge = `GET ${large} HTTP/1.1\r\n${host}\r\n`;
  const body = `POST ${post} HTTP/1.1\r\n${host}Content-Type: application/x-www-form-urlencoded\r\n`;
  const chunked = `${body}Transfer-Encoding: chunked\r\n\r\n`;
  const handshake = handshakeOf({ hostField, path, protocol });
  const first = 'says';
  const heard = 'hears';
  return [
    ['before a byte', first],
    ['in the method', first, 'G'],
    ['in the request line', first, `GET ${path}`],
    ['in a field', first, `GET ${path} HTTP/1.1\r\nHo`],
    ['between CR and LF', first, get.slice(0, -1)],
    ['behind the head', first, get],
    ['while a file is opened', first, getLarge],
    ['behind an answer', heard, get],
    ['between pipelined requests', heard, get, get.slice(0, 10)],
    ['behind twenty requests', first, get.repeat(20)],
    ['in the middle of an answer', heard, getLarge],
    ['in a body', first, `${body}Content-Length: 1000\r\n\r\nabc`],
    ['in the size of a chunk', first, `${chunked}1`],
    ['in a chunk', first, `${chunked}10\r\nabc`],
    ['in the trailers', first, `${chunked}0\r\nX-Su`],
    ['while 100 is waited for', first, `${body}Content-Length: 9\r\nExpect: 100-continue\r\n\r\n`],
    ['behind a refusal', heard, 'GET\r\n'],
    ['behind a 404', heard, `GET /none-of-this HTTP/1.1\r\n${host}\r\n`],
    ['in a handshake', first, handshake.slice(0, 100)],
    ['behind a handshake', heard, handshake],
    ['in the head of a frame', heard, handshake, message.subarray(0, 4)],
    ['in a frame', heard, handshake, message.subarray(0, 8)],
    ['behind a message', heard, handshake, message],
    ['behind half a message', heard, handshake, hex('0185000000006162636465')],
    ['behind a ping', heard, handshake, hex('898000000000')],
    ['in the closing handshake', heard, handshake, hex('888000000000')],
  ].map(([name, how, ...said]) => ({ name, said, hears: how === heard }));
}

/** A handshake for a WebSocket, RFC 6455 §4.1. */
export function handshakeOf({ hostField, path, protocol }) {
  const asked = protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  return (
    `GET ${path} HTTP/1.1\r\nHost: ${hostField}\r\nConnection: upgrade\r\nUpgrade: websocket\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${asked}\r\n`
  );
}
