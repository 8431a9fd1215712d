/** One attack beside a good client, and what it came to. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Attacker } from './attacker.mjs';
import { GoodClient, LoopLag, Watched } from './beside.mjs';
import { loopbackAddress } from './target.mjs';

const batch = 100;
const batchMs = 20;
const lookMs = 50;
/** What the machine may add to a bound: the attackers' own loop is one process of it. */
const lateMs = 1000;

/**
 * @typedef {object} Settings
 * @property {number} attackers
 * @property {number} perAddress so many attackers share an address
 * @property {number} scale of the bounds
 * @property {number} leastMs the good client asks for so long, also where an attack is over at once
 * @property {number} p99Ms of the good client
 * @property {number} [pid] of the server
 * @property {string} [lag] the file that `loop-lag.mjs` writes in it
 */

/** The good client alone: what the attacked runs stand beside. @param {Settings} settings */
export function runAlone(url, settings) {
  const nobody = { connected: 0, cut: 0, held: 0, keptMs: [] };
  return beside(url, settings, 'nobody', async () => nobody);
}

/**
 * @param {string} url
 * @param {import('./target.mjs').Target} target
 * @param {import('./kinds.mjs').Kind} kind
 * @param {Settings} settings
 */
export function runAttack(url, target, kind, settings) {
  return beside(url, settings, kind.name, () => attack(target, kind, settings));
}

async function attack(target, kind, { attackers: count, perAddress, scale }) {
  const share = kind.addresses === 'own' ? 1 : perAddress;
  const attackers = [];
  const said = [];
  for (let at = 0; at < count; at++) {
    const one = new Attacker(target, {
      from: loopbackAddress(Math.floor(at / share)),
      bare: kind.bare,
      reads: kind.reads,
    });
    attackers.push(one);
    said.push(
      one
        .until(() => one.connected, 10_000)
        .then((is) => {
          if (is) return kind.attack(one, target, at);
        }),
    );
    if (at % batch === batch - 1) await sleep(batchMs);
  }
  await Promise.all(said);
  const boundMs = kind.withinSecs * 1000 * scale + lateMs;
  const open = () => attackers.filter((one) => one.open);
  while (open().some((one) => one.keptMs <= boundMs)) await sleep(lookMs);
  const held = open();
  for (const one of held) one.reset();
  const connected = attackers.filter((one) => one.connected);
  // who was refused at the door is not kept at all
  const kept = connected.filter((one) => !held.includes(one)).map((one) => one.keptMs);
  const late = kept.filter((ms) => ms > boundMs).length;
  const statuses = new Map();
  for (const { status } of connected)
    if (status !== undefined) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  return {
    connected: connected.length,
    cut: kept.length - late,
    held: held.length + late,
    keptMs: kept.sort((a, b) => a - b),
    statuses: Object.fromEntries(statuses),
  };
}

async function beside(url, { leastMs, p99Ms, pid, lag: lagFile }, name, act) {
  const watched = new Watched(pid);
  const before = watched.now();
  const lag = new LoopLag(lagFile);
  const good = new GoodClient(url);
  await good.begun();
  await lag.take();
  const [{ keptMs, ...outcome }] = await Promise.all([act(), sleep(leastMs)]);
  const late = await lag.take();
  const client = await good.stop();
  const most = watched.stop();
  const failures = [
    ...(outcome.held > 0 ? [`${outcome.held} were kept for too long`] : []),
    ...(client.failed > 0 ? [`good client: ${client.reasons.join(', ')}`] : []),
    ...(client.p99 < p99Ms || client.asked === client.failed
      ? []
      : [`p99 is not under ${p99Ms} ms`]),
    ...(client.asked > 0 ? [] : ['the good client asked nothing']),
    ...(name === 'nobody' || outcome.connected > 0 ? [] : ['no attacker was let in']),
  ];
  return {
    attack: name,
    ...outcome,
    cutAfterMs: { median: keptMs[keptMs.length >> 1], most: keptMs.at(-1) },
    good: client,
    lag: late,
    memory: before === undefined ? undefined : { before, most, after: watched.now() },
    failures,
  };
}
