/**
 * Every raw request case: whole, octet by octet, behind a good request and before one; beside node:http; and
 * over TCP. What has to happen is in the case; what is true of all answers is asked of all of them.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, readAnswers } from './http/answers.ts';
import { get, type HttpCase } from './http/case.ts';
import { httpCases } from './http/cases/all.ts';
import { exceptions, laxer } from './http/laxer.ts';
import { readByNode } from './http/node-side.ts';
import { type Seen, Served, type Told } from './http/served.ts';

const server = new Served();
beforeAll(() => server.open());
afterAll(() => server.close());

const wire = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
const octets = (bytes: Uint8Array): Uint8Array[] =>
  Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));

/** Bodies of the errors of all cases, by status. */
const pages = new Map<number, Set<string>>();

const good = get('', '/first');
const smuggled = get('', '/smuggled');

test('the ids are different, and there are enough of them', () => {
  const ids = httpCases.map(({ id }) => id);
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  expect(httpCases.length).toBeGreaterThanOrEqual(800);
  const taken = httpCases.filter(({ outcome }) => !/^\d+x$/.test(outcome));
  expect(taken.length).toBeGreaterThanOrEqual(80);
});

describe.each([
  ['whole', 0, (bytes: string) => [wire(bytes)]],
  ['octet by octet', 0, (bytes: string) => octets(wire(bytes))],
  ['behind a good request', 1, (bytes: string) => [wire(good + bytes)]],
] as const)('%s', (_how, before, cut) => {
  test('each does what it has to', { timeout: 60_000 }, async () => {
    const wrong: string[] = [];
    for (const each of httpCases) {
      if (before === 0 && each.bytes.length > 100_000 && cut(each.bytes).length > 1) continue;
      const told = await server.say(cut(each.bytes));
      const found = judge(each, told, before);
      if (found !== undefined) wrong.push(`${each.id}: ${found}`);
    }
    expect(wrong).toEqual([]);
  });
});

test('nothing behind a refusal is served', { timeout: 60_000 }, async () => {
  const wrong: string[] = [];
  for (const each of httpCases.filter(({ outcome }) => outcome.endsWith('x'))) {
    const told = await server.say([wire(each.bytes + smuggled.repeat(3))]);
    const found = judge(each, told, 0);
    if (found !== undefined) wrong.push(`${each.id}: ${found}`);
  }
  expect(wrong).toEqual([]);
});

test('over TCP each is answered the same, in less than a second', { timeout: 60_000 }, async () => {
  const overTcp = new Served();
  await overTcp.open(true);
  const wrong: string[] = [];
  const play = async (each: HttpCase): Promise<void> => {
    const { outcome } = each;
    const closes = outcome.endsWith('x');
    const wanted = codesOf(outcome).length;
    const enough = (heard: string): boolean =>
      !closes && (heard.match(/HTTP\/1\.1 \d/g) ?? []).length >= wanted;
    const { heard, how } = await overTcp.sayOverTcp(wire(each.bytes), enough);
    const found =
      how === 'hang' || how === 'reset' ? how : judgeAnswers(each, heard, how === 'ended', 0);
    if (found !== undefined) wrong.push(`${each.id}: ${found}`);
  };
  for (let at = 0; at < httpCases.length; at += 16)
    await Promise.all(httpCases.slice(at, at + 16).map(play));
  await overTcp.close();
  expect(wrong).toEqual([]);
});

test('none is read more laxly than node:http reads it', { timeout: 60_000 }, async () => {
  const wrong: string[] = [];
  const met = new Set<string>();
  for (const { id, bytes } of httpCases) {
    const found = laxer(await server.say([wire(bytes)]), await readByNode(wire(bytes)));
    if (found === undefined) continue;
    const exception = exceptions.find((one) => one.holds(bytes));
    if (exception === undefined) wrong.push(`${id}: ${found}`);
    else met.add(exception.name);
  }
  expect(wrong).toEqual([]);
  expect(exceptions.filter(({ name }) => !met.has(name))).toEqual([]);
});

test('an error page says nothing of the request', () => {
  // One of the role and one of the mounts, whatever was asked for.
  const many = [...pages].filter(([, bodies]) => bodies.size > 2);
  expect(many).toEqual([]);
  expect(pages.size).toBeGreaterThan(8);
});

test('every log line is one line, bounded, and drives no terminal', () => {
  expect(server.lines.length).toBeGreaterThan(100);
  const wrong = server.lines.filter(
    (line) => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(line) || line.length > 4097,
  );
  expect(wrong).toEqual([]);
});

/** What is wrong with what came of a case, behind `before` good requests. */
function judge(each: HttpCase, told: Told, before: number): string | undefined {
  const seen = told.seen.map(shownRequest);
  const wanted = [...Array.from({ length: before }, () => 'GET /first'), ...each.seen];
  if (JSON.stringify(seen) !== JSON.stringify(wanted))
    return `seen ${JSON.stringify(seen).slice(0, 300)}`;
  const found = judgeAnswers(each, told.heard, told.ended, before);
  return found === undefined ? undefined : `${found}, ${told.codes.join()}`;
}

function judgeAnswers(
  { bytes, outcome }: HttpCase,
  heard: string,
  ended: boolean,
  before: number,
): string | undefined {
  const closes = outcome.endsWith('x');
  const wanted = [...Array.from({ length: before }, () => '200'), ...codesOf(outcome)];
  let answers: readonly Answer[];
  try {
    answers = readAnswers(heard, headOnly(bytes));
  } catch (error) {
    return String(error);
  }
  const statuses = answers.map(({ status }) => String(status));
  const right =
    statuses.length === wanted.length &&
    statuses.every((status, at) => wanted[at]?.split('|').includes(status) === true);
  if (!right || ended !== closes) return `${statuses.join(' ')}${ended ? 'x' : ''} for ${outcome}`;
  for (const answer of answers) {
    const found = judgeAnswer(answer, closes && answer === answers.at(-1));
    if (found !== undefined) return found;
  }
  return undefined;
}

const codesOf = (outcome: string): string[] =>
  outcome
    .replace(/x$/, '')
    .split(' ')
    .filter((word) => word !== 'open');

/** Whether an answer may be one to HEAD: nothing or the next answer stands behind its head. */
const headOnly =
  (bytes: string) =>
  (rest: string): boolean =>
    bytes.includes('HEAD /') && (rest === '' || rest.startsWith('HTTP/1.1 '));

/** OUT-3, OUT-4, OUT-5, and RFC 9112 §9.6 of the last one. */
function judgeAnswer({ status, fields, body }: Answer, last: boolean): string | undefined {
  if (status < 200) return undefined;
  if (!fields.has('date')) return `${status} without Date`;
  if (fields.has('server')) return `${status} says Server`;
  if (last !== (fields.get('connection') === 'close') && status !== 426)
    return `${status} with Connection: ${fields.get('connection')}`;
  if (fields.get('location')?.startsWith('/') === false || fields.get('location')?.startsWith('//'))
    return `Location: ${fields.get('location')}`;
  if (status < 400) return undefined;
  if (fields.get('cache-control') !== 'no-store') return `${status} may be stored`;
  if (fields.get('x-content-type-options') !== 'nosniff') return `${status} may be sniffed`;
  if (body !== '') pages.set(status, (pages.get(status) ?? new Set()).add(body));
  return undefined;
}

function shownRequest({ method, path, query, body, trailers }: Seen): string {
  const shown = [`${method} ${path}${query === '' ? '' : `?${query}`}`];
  if (body !== '') shown.push(path === '/count' ? body : JSON.stringify(body));
  if (trailers.length > 0)
    shown.push(trailers.map(([name, value]) => `${name}: ${value}`).join(', '));
  return shown.join(' ');
}
