/** What is kept of a form counts for `maxInputBytesTotal` of the context while its request is under way. */
import { protocol } from '@lws-ts/interface';
import { expect, test } from 'vitest';
import { FormReader } from '../../src/index.ts';
import { get, openCallback } from '../open-callback.ts';

const type = 'Content-Type: application/x-www-form-urlencoded\r\n';
const head = (length: number): string =>
  get('/form', `Content-Length: ${length}\r\n${type}`, 'POST');

const form = (counted: boolean, destroys = true) =>
  protocol({
    name: 'form',
    session: (): { form: FormReader | undefined } => ({ form: undefined }),
    http: {
      request(wsi) {
        wsi.session.form = new FormReader(wsi.header('content-type'), counted ? { wsi } : {});
      },
      body: (wsi, bytes) => void wsi.session.form?.process(bytes),
      bodyCompletion(wsi) {
        wsi.session.form?.finalize();
        if (destroys) wsi.session.form?.destroy();
        wsi.reply(200);
      },
    },
  });
const mounts = [{ mountpoint: '/form', origin: 'callback://form' }];

test.each([
  [true, 1001],
  [false, 0],
] as const)('with `wsi` (%s)', async (counted, bytes) => {
  const { context, connect } = await openCallback([form(counted)], mounts);
  const { peer } = await connect();
  await peer.send(`${head(1010)}a=${'x'.repeat(1000)}`);
  expect(context.memory.input).toBe(bytes);
  await peer.send('&b=12345');
  expect(peer.text).toMatch(/^HTTP\/1.1 200 /);
  expect(context.memory.input).toBe(0);
});

test('a form that is destroyed counts no more, while its request goes on', async () => {
  const destroying = protocol({
    name: 'form',
    http: {
      request: () => undefined,
      body(wsi, bytes) {
        const form = new FormReader(wsi.header('content-type'), { wsi });
        form.process(bytes);
        kept.push(context.memory.input);
        form.destroy();
        kept.push(context.memory.input);
      },
    },
  });
  const kept: number[] = [];
  const { context, connect } = await openCallback([destroying], mounts);
  const { peer } = await connect();
  await peer.send(`${head(1010)}a=${'x'.repeat(1000)}`);
  expect([kept, peer.text]).toEqual([[1001, 0], '']);
});

test('what the program does not let go counts no more when the answer is complete', async () => {
  const { context, connect } = await openCallback([form(true, false)], mounts);
  const { peer } = await connect();
  for (let request = 0; request < 3; request++) {
    await peer.send(`${head(1002)}a=${'x'.repeat(1000)}`);
    expect(context.memory.input).toBe(0);
  }
  expect(peer.text.match(/200 OK/g)).toHaveLength(3);
});

test('holdsMore counts what a program keeps itself, and takes integers alone', async () => {
  const thrown: unknown[] = [];
  const keeping = protocol({
    name: 'form',
    http: {
      request(wsi) {
        wsi.holdsMore(500);
        for (const wrong of [0.5, Number.NaN, '1' as unknown as number])
          try {
            wsi.holdsMore(wrong);
          } catch (error) {
            thrown.push((error as { code: string }).code);
          }
        wsi.holdsMore(-100);
        wsi.requestWriteable();
      },
      body() {},
    },
  });
  const { context, connect } = await openCallback([keeping], mounts);
  const { peer } = await connect();
  await peer.send(head(10));
  expect([context.memory.input, thrown]).toEqual([400, Array(3).fill('LWS_ERR_OPTION')]);
  await peer.reset();
  expect(context.memory.input).toBe(0);
});
