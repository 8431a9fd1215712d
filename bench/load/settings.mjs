/** The command line of the generators for Node.js. */
import { parseArgs } from 'node:util';

const numbers = ['port', 'connections', 'inflight', 'size', 'warmup', 'messages'];
const texts = ['path'];
const flags = ['deflate', 'verify', 'raw', 'text'];

/** `--port 1 --verify` as `{ port: 1, verify: true, … }`; what is not given is 0, empty or false. */
export function settings() {
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries(numbers.map((name) => [name, { type: 'string', default: '0' }])),
      ...Object.fromEntries(texts.map((name) => [name, { type: 'string', default: '' }])),
      ...Object.fromEntries(flags.map((name) => [name, { type: 'boolean', default: false }])),
    },
  });
  return { ...values, ...Object.fromEntries(numbers.map((name) => [name, Number(values[name])])) };
}
