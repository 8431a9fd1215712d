import { expect, test } from 'vitest';
import { parseOptions, UsageError, usage } from '../harness/options.mjs';

const one = {
  about: 'what it shows',
  scenarios: { '32x1': {}, '32x20': {} },
  servers: { ws: {}, 'lws-ts': {}, other: {} },
  defaultServers: ['ws', 'lws-ts'],
  defaults: { rounds: 7, connections: 100 },
};
const known = { echo: one, http: { ...one, defaults: { rounds: 3, connections: 5 } } };
const defaults = {
  benchmark: 'echo',
  servers: ['ws', 'lws-ts'],
  only: ['32x1', '32x20'],
  rounds: 7,
  seconds: 0.7,
  messages: undefined,
  connections: 100,
  idle: 5000,
  markdown: false,
  profile: false,
  help: false,
};

test.each([
  ['', {}],
  ['echo', {}],
  ['http', { benchmark: 'http', rounds: 3, connections: 5 }],
  ['--only 32x20', { only: ['32x20'] }],
  ['--only=32x20,32x1', { only: ['32x20', '32x1'] }],
  ['--servers ws,ws', { servers: ['ws', 'ws'] }],
  ['--rounds 3 --seconds 1.5', { rounds: 3, seconds: 1.5 }],
  ['--messages 5000 --connections 1', { messages: 5000, connections: 1 }],
  ['--markdown --profile', { markdown: true, profile: true }],
  ['-h', { help: true }],
])('"%s"', (line, changed) => {
  expect(parseOptions(words(line), known)).toEqual({ ...defaults, ...changed });
});

test.each([
  ['echo http', 'one benchmark at a time'],
  ['ping', 'no "ping", only echo, http'],
  ['--only 64x1', 'no "64x1"'],
  ['--only 32x1,', 'no ""'],
  ['--servers nginx', 'no "nginx"'],
  ['--rounds 2', 'not an integer from 3 to 100'],
  ['--rounds 3.5', 'not an integer'],
  ['--rounds=', 'not an integer'],
  ['--seconds 0', 'not a number from 0.05 to 60'],
  ['--seconds fast', '"fast"'],
  ['--messages 0', 'not an integer from 1'],
  ['--connections 1e9', 'not an integer from 1 to 10000'],
  ['--round 5', '--round'],
  ['--markdown=yes', '--markdown'],
])('"%s" is refused', (line, message) => {
  const parse = () => parseOptions(words(line), known);
  expect(parse).toThrow(UsageError);
  expect(parse).toThrow(message);
});

test('the usage names every option, benchmark, scenario and server', () => {
  const text = usage(known);
  const options = ['servers', 'only', 'rounds', 'seconds', 'messages', 'connections', 'idle'];
  for (const name of [...options, 'profile']) expect(text).toContain(`--${name} `);
  for (const name of Object.keys({ ...known, ...one.scenarios, ...one.servers }))
    expect(text).toContain(name);
});

function words(line: string): string[] {
  return line.split(' ').filter((word) => word !== '');
}
