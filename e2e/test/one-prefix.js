/**
 * A server with limits, whoever has one /64, and honest peers of others, each with an address of its own, in one process:
 * `node one-prefix.js direct|proxy ATTACKERS`. `direct`: their addresses are those of the sockets, which the system has to
 * allow; `proxy`: a trusted proxy names them in headers of the PROXY protocol. Prints what each of them met.
 */
import { connect } from 'node:net';
import { createContext, protocol, setLogLevel } from 'lws-ts';

const [how, attackers] = process.argv.slice(2);
const count = Number(attackers);
const honest = 20;
const connections = 10;
const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

setLogLevel(0);
const who = protocol({
  name: 'who',
  http: { request: (wsi) => wsi.reply(200, [], wsi.peer.address) },
});
const context = await createContext({
  port: 0,
  interface: how === 'direct' ? '::' : '127.0.0.1',
  ipLimitWsi: connections,
  ipRequestsPerSec: 0.01,
  ipRequestsBurst: connections,
  ...(how === 'direct' ? {} : { trustedProxies: ['127.0.0.1'], proxyProtocol: true }),
  protocols: [who.with({ default: true })],
  mounts: [{ mountpoint: '/', origin: 'callback://who' }],
});
const { port } = context.vhosts[0];

/** A connection of that address: what it heard, and whether it is over. */
function from(address) {
  const socket =
    how === 'direct'
      ? connect({ port, host: '2001:db8:1::1', localAddress: address })
      : connect(port, '127.0.0.1');
  const peer = { socket, heard: '', over: false };
  socket.on('data', (bytes) => (peer.heard += bytes));
  socket.on('error', () => undefined).on('close', () => (peer.over = true));
  if (how !== 'direct') socket.write(`PROXY TCP6 ${address} 2001:db8::1 4660 443\r\n`);
  socket.write(request);
  return peer;
}

/** Until all have heard something, or are over. */
async function settled(peers) {
  while (peers.some(({ heard, over }) => heard === '' && !over))
    await new Promise((resolve) => setTimeout(resolve, 10));
}

/** An answer names the address it is for. */
const served = ({ heard }) => heard.startsWith('HTTP/1.1 200');
const tally = (peers) => ({
  served: peers.filter(served).length,
  refused: peers.filter((peer) => !served(peer)).length,
  addresses: new Set(
    peers.filter(served).map(({ heard }) => heard.slice(heard.lastIndexOf('\n') + 1)),
  ).size,
});

const attack = [];
const good = [];
for (let at = 1; at <= count; at++) {
  // all over the /64
  attack.push(from(`2001:db8:1:0:${((at * 257) % 65_536).toString(16)}:${at.toString(16)}:0:1`));
  if (at % 64 === 0) await settled(attack);
}
await settled(attack);
for (let number = 0; number < honest; number++)
  for (let at = 1; at <= connections; at++)
    good.push(from(`2001:db8:2:${number.toString(16)}::${at.toString(16)}`));
await settled(good);
const before = tally(attack);
// who reconnects has no more than before: the budget of requests is spent
for (const { socket } of attack) socket.destroy();
while (context.counters.wsi_alive > good.length)
  await new Promise((resolve) => setTimeout(resolve, 10));
const again = [];
for (let at = 1; at <= connections; at++) again.push(from(`2001:db8:1:0:ffff::${at.toString(16)}`));
await settled(again);
process.stdout.write(
  JSON.stringify({
    attackers: before,
    again: {
      served: tally(again).served,
      statuses: [...new Set(again.map(({ heard }) => heard.slice(9, 12)))],
    },
    honest: tally(good),
    codes: [...context.counters.refused],
  }),
);
for (const { socket } of [...again, ...good]) socket.destroy();
await context.close({ deadlineSecs: 0 });
