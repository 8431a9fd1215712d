/** A server of forms in a process of its own: says its port, then what it keeps of memory, in bytes, whenever asked. */
import { createContext, postDemo } from 'lws-ts';

const largest = 128 * 1024 * 1024;
const context = await createContext({
  port: 0,
  interface: '127.0.0.1',
  maxHttpBodySize: largest,
  protocols: [postDemo.with({ maxFileBytes: largest, uploadDir: process.argv[2] })],
  mounts: [{ mountpoint: '/formtest', origin: 'callback://protocol-post-demo' }],
});
process.on('message', () => {
  globalThis.gc();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  process.send({ rss, kept: heapUsed + arrayBuffers });
});
process.on('disconnect', () => void context.close({ deadlineSecs: 1 }));
process.send({ port: context.vhosts[0].port });
