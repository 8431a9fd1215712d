/** EXH-1, S17: whoever has a /64 has one budget, from however many of its addresses; the honest ones are refused nothing. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { missing } from './missing.ts';

const program = fileURLToPath(new URL('one-prefix.js', import.meta.url));
const built = fileURLToPath(new URL('../../packages/lws-ts/dist/index.js', import.meta.url));
/** All addresses of two prefixes are those of loopback, in a network of its own that nobody else sees. */
const network = [
  'ip link set lo up',
  'echo 1 > /proc/sys/net/ipv6/ip_nonlocal_bind',
  'ip -6 route add local 2001:db8:1::/64 dev lo',
  'ip -6 route add local 2001:db8:2::/48 dev lo',
  'exec "$0" "$@"',
].join(' && ');

interface Outcome {
  readonly attackers: { served: number; refused: number; addresses: number };
  readonly again: { served: number; statuses: string[] };
  readonly honest: { served: number; refused: number; addresses: number };
  readonly codes: readonly (readonly [string, number])[];
}

function notBuilt(): string | undefined {
  return existsSync(built) ? undefined : missing('lws-ts is not built: npm run build');
}

const attackers = 2000;
const expected: Outcome = {
  attackers: { served: 10, refused: attackers - 10, addresses: 10 },
  again: { served: 0, statuses: ['429'] },
  honest: { served: 200, refused: 0, addresses: 200 },
  codes: [
    ['LWS_ERR_PEER_LIMIT_WSI', attackers - 10],
    ['LWS_ERR_PEER_REQUEST_RATE', 10],
  ],
};

test('from 2,000 addresses of a /64, on sockets of these addresses', (task) => {
  const reason = notBuilt();
  if (reason !== undefined) task.skip(reason);
  const probe = spawnSync('unshare', ['-rn', 'sh', '-c', network, 'true'], { encoding: 'utf8' });
  if (probe.status !== 0)
    task.skip(`no network of its own may be made here: ${probe.stderr || probe.error?.message}`);
  const out = execFileSync(
    'unshare',
    ['-rn', 'sh', '-c', network, process.execPath, program, 'direct', String(attackers)],
    { encoding: 'utf8', timeout: 60_000 },
  );
  expect(JSON.parse(out)).toEqual(expected);
}, 90_000);

test('from 2,000 addresses of a /64, which a trusted proxy names', (task) => {
  const reason = notBuilt();
  if (reason !== undefined) task.skip(reason);
  const out = execFileSync(process.execPath, [program, 'proxy', String(attackers)], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(JSON.parse(out)).toEqual(expected);
}, 90_000);
