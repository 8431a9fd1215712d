/**
 * The server of `unread.mjs`: says to each peer of `ws` more than a line carries, by one of three policies, and tells
 * its parent what that keeps. Started with the policy and what is offered a second, in MB.
 */
import { setLogLevel } from '../../packages/core/dist/index.js';
import { createContext, Outbox, protocol } from '../../packages/lws-ts/dist/index.js';

const [policy, megabytes] = process.argv.slice(2);
const messageBytes = 16 * 1024;
const tickMs = 10;
const messagesATick = (Number(megabytes) * 1e6 * tickMs) / 1000 / messageBytes;
const counted = { offered: 0, taken: 0 };
const members = [];

/** No two are the same memory: what is kept is what it costs. */
function message() {
  return new Uint8Array(messageBytes).fill(counted.offered & 0xff);
}

/** Says what it has when the peer takes it; what it does not take is not made. */
const fountain = {
  writeable(wsi, tx) {
    while (wsi.session.due >= 1) {
      wsi.session.due--;
      counted.taken += messageBytes;
      if (!tx.binary(message())) break;
    }
  },
  offer() {
    for (const wsi of members) {
      counted.offered += messagesATick * messageBytes;
      wsi.session.due = Math.min(messagesATick, wsi.session.due + messagesATick);
      wsi.requestWriteable();
    }
  },
};

/** Puts all of it into an outbox for each peer, in turns: the rate is that of all of them together. */
const outboxes = {
  next: 0,
  due: 0,
  writeable(wsi, tx) {
    const before = wsi.session.outbox.bytes;
    wsi.session.outbox.sendTo(wsi, tx);
    counted.taken += before - wsi.session.outbox.bytes;
  },
  offer() {
    this.due += messagesATick;
    for (; this.due >= 1; this.due--) {
      // what is made is garbage soon, with peers and without: the baseline has it too
      const data = message();
      if (members.length === 0) continue;
      const wsi = members[this.next++ % members.length];
      counted.offered += messageBytes;
      wsi.session.outbox.add(wsi, data);
    }
  },
};

const way = policy === 'writeable' ? fountain : outboxes;
const whenFull = policy === 'close' ? 'close' : 'drop-oldest';
const outboxBytes = 2 * messageBytes;
setLogLevel(0, () => undefined);
const context = await createContext({
  port: 0,
  interface: '127.0.0.1',
  protocols: [
    protocol({
      name: 'unread',
      session: () => ({ due: 0, outbox: new Outbox({ whenFull, maxBytes: outboxBytes }) }),
      ws: {
        established: (wsi) => void members.push(wsi),
        writeable: (wsi, tx) => way.writeable(wsi, tx),
        closed(wsi) {
          const at = members.indexOf(wsi);
          if (at >= 0) members.splice(at, 1);
        },
      },
    }),
    protocol({
      name: 'echo',
      session: () => [],
      ws: {
        message(wsi, data) {
          wsi.session.push(data);
          wsi.requestWriteable();
        },
        writeable(wsi, tx) {
          for (const data of wsi.session.splice(0)) tx.text(data);
        },
      },
    }),
  ],
});
setInterval(() => way.offer(), tickMs);
process.on('message', ({ collect }) => {
  if (collect) for (let at = 0; at < 3; at++) globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send({
    pinned: heapUsed + external,
    rss,
    kept: context.memory.output,
    peers: context.counters.wsi_alive,
    refused: Object.fromEntries(context.counters.refused),
    ...counted,
  });
});
process.on('disconnect', () => process.exit());
process.send({ port: context.vhosts[0].port });
