/** The judge: parties that do wrong are found out. */
import { describe, expect, test } from 'vitest';
import { cases } from './cases/all.ts';
import type { Case } from './cases/case.ts';
import type { Party } from './run/party.ts';
import { play } from './run/play.ts';

/** Says what it was told to, whatever it hears; at most `after` lines come before more is said to it. */
class Parrot implements Party {
  readonly side = 'client';
  readonly fault: Party['fault'];
  readonly told: () => Promise<number>;
  readonly #lines: string[];
  #held: string[];

  constructor(
    lines: readonly string[],
    held: readonly string[] = [],
    fault?: Party['fault'],
    told = 1006,
  ) {
    this.#lines = [...lines];
    this.#held = [...held];
    this.fault = fault;
    this.told = async () => told;
  }

  async say(parts: readonly Uint8Array[]): Promise<void> {
    if (parts.length > 0 && this.#lines.length === 0) this.#lines.push(...this.#held.splice(0));
  }

  async next(): Promise<string | undefined> {
    return this.#lines.shift();
  }
}

function caseOf(id: string): Case {
  const found = cases.find((one) => one.id === id);
  if (found === undefined) throw new Error(id);
  return found;
}

const echoLine = 'text 48656c6c6f2c20776f726c6421';

describe.each([
  ['3.2', [echoLine, 'close 1002', 'end'], 'OK'],
  ['3.2', ['close 1002', 'end'], 'NON-STRICT'],
  ['3.2', [echoLine, 'reset'], 'NON-STRICT'],
  ['3.2', [echoLine, 'end'], 'NON-STRICT'],
  ['3.2', [echoLine, 'close 1007', 'end'], 'FAILED'],
  ['3.2', [echoLine, 'pong ', 'close 1002', 'end'], 'FAILED'],
  ['3.2', [echoLine, echoLine, 'close 1002', 'end'], 'FAILED'],
  ['3.2', [echoLine, 'close 1002', 'wrong octets behind a close frame'], 'FAILED'],
  ['3.2', [echoLine, 'close 1002'], 'FAILED'],
  ['3.2', [], 'FAILED'],
  ['2.2', ['pong 48656c6c6f2c20776f726c6420', 'close 1000', 'end'], 'FAILED'],
  ['2.7', ['pong ', 'close 1000', 'end'], 'FAILED'],
  ['2.7', ['end'], 'FAILED'],
  ['7.1.3', ['close 1000', 'reset'], 'FAILED'],
  ['6.4.1', ['close 1007', 'end'], 'FAILED'],
] as const)('%s heard %j', (id, lines, behaviour) => {
  test(`is ${behaviour}`, async () => {
    const told = lines.includes('close 1002' as never) ? 1006 : 1000;
    const verdict = await play(caseOf(id), new Parrot(lines, [], undefined, told), 'whole', 1);
    expect(verdict).toMatchObject({ behaviour });
  });
});

test('a failure that comes only after the rest was said is not strict', async () => {
  const late = new Parrot([], [], undefined);
  let said = 0;
  late.say = async () => void said++;
  late.next = async () => (said === 3 ? lines.shift() : undefined);
  const lines = ['close 1007', 'end'];
  expect(await play(caseOf('6.4.1'), late, 'whole', 1)).toMatchObject({ behaviour: 'NON-STRICT' });
});

test.each([
  [25, 'OK'],
  [26, 'NON-STRICT'],
  [24, 'FAILED'],
] as const)('U+110000 found at octet %i is %s', async (octet, behaviour) => {
  const fault = { code: 'LWS_ERR_WS_UTF8', octet };
  // heard after the first frame and what decides of the second
  const party = new Parrot([], ['close 1007', 'end'], fault);
  let said = 0;
  party.say = async () => void said++;
  party.next = async () => (said === 2 ? lines.shift() : undefined);
  const lines = ['close 1007', 'end'];
  expect(await play(caseOf('6.4.1'), party, 1, 1)).toMatchObject({ behaviour });
});

test('another rule, or another code told to the program, fails', async () => {
  const lines = [echoLine, 'close 1002', 'end'];
  const fault = { code: 'LWS_ERR_WS_OPCODE', octet: 1 };
  expect(await play(caseOf('3.2'), new Parrot(lines, [], fault), 'whole', 1)).toMatchObject({
    behaviour: 'FAILED',
    detail: 'LWS_ERR_WS_OPCODE, not LWS_ERR_WS_RESERVED_BIT',
  });
  const told = new Parrot(lines, [], undefined, 1002);
  expect(await play(caseOf('3.2'), told, 'whole', 1)).toMatchObject({
    behaviour: 'FAILED',
    detail: 'the program was told 1002, not 1006',
  });
});
