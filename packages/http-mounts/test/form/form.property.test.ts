/**
 * Forms cut anywhere are the same form, and are what another implementation reads: `formData()` of Node.js, which
 * is undici's.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FormReader } from '../../src/index.ts';
import { cutAt, latin1, multipart, readForm, urlencoded } from './read-form.ts';

const depth = Number(process.env['LWS_FUZZ_DEPTH'] ?? 1);
const runs = { numRuns: Math.ceil(300 * depth) };

/** Bytes that are likely to mean something to the readers. */
const sharpBytes = fc
  .array(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom('\r', '\n', '-', '--b', '\r\n--b', '\r\n--', '\r\n'),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom('&', '=', '%', '+', '%41', '%c3%bc', ';', '"', '\\'),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom('--b--', '\r\n\r\n', 'Content-Disposition: form-data; name="x"'),
      },
      {
        weight: 2,
        arbitrary: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
      },
    ),
    { maxLength: 30 },
  )
  .map((pieces) => pieces.join(''));

/** Something like a form, right or wrong. */
const nearlyMultipart = fc
  .array(
    fc.oneof(
      sharpBytes,
      sharpBytes.map(
        (value) => `--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n${value}\r\n`,
      ),
      sharpBytes.map(
        (value) =>
          `--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n${value}\r\n`,
      ),
    ),
    { maxLength: 4 },
  )
  .map((pieces) => `${pieces.join('')}--b--\r\n`);

test.each([
  [multipart, nearlyMultipart],
  [urlencoded, sharpBytes],
] as const)('%s: cut at any places it is the same form', (type, bodies) => {
  fc.assert(
    fc.property(
      bodies,
      fc.array(fc.nat(200), { maxLength: 6 }),
      fc.record({
        maxFieldBytes: fc.integer({ min: 0, max: 40 }),
        maxStorage: fc.integer({ min: 0, max: 60 }),
        maxFileBytes: fc.integer({ min: 0, max: 30 }),
        maxFormBytes: fc.integer({ min: 0, max: 400 }),
        maxFields: fc.integer({ min: 0, max: 3 }),
      }),
      (text, places, limits) => {
        const body = latin1(text);
        const sorted = [...places].sort((a, b) => a - b);
        const whole = readForm(type, [body], limits);
        expect(readForm(type, cutAt(body, sorted), limits)).toEqual(whole);
        expect(readForm(type, cutAt(body, [...body.keys()]), limits)).toEqual(whole);
      },
    ),
    runs,
  );
});

test('cut at each single place it is the same form', () => {
  const body = latin1(
    'pre\r\n--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--c\r\r\n-\r\n' +
      '--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\nContent-Type: a/b\r\n\r\n\r\n--\r\n--a\r\n' +
      '--b--\r\nepilogue',
  );
  const whole = readForm(multipart, [body]);
  expect(whole).toEqual([
    'file "f" "x" a/b',
    'content "\\r\\n--\\r\\n--a"',
    'end 9',
    '"a"="1\\r\\n--c\\r\\r\\n-"',
  ]);
  for (let place = 1; place < body.length; place++)
    expect(readForm(multipart, cutAt(body, [place])), `at ${place}`).toEqual(whole);
});

/** Values that can be sent: without lone surrogates. */
const value = fc.string({ unit: 'binary', maxLength: 40 });
/** Names without what is refused in them, and what is an escape to one side only. */
const name = value.map((text) => text.replace(/[\\%]|(?![\r\n])\p{Cc}/gu, '_'));
/** Names of files without what is taken out of them; an empty one undici does not send. */
const filename = name.map((text) => text.replace(/[/\p{Cc}]/gu, '_').replace(/^(?:|\.\.?)$/, '_'));
const entry = fc.oneof(
  fc.record({ name, value }),
  fc.record({ name, filename, content: fc.uint8Array({ maxLength: 300 }) }),
);

type Told = readonly [name: string, value: string, filename?: string];

async function toldByOracle(type: string, body: Uint8Array): Promise<Told[]> {
  const data = await new Response(body, { headers: { 'content-type': type } }).formData();
  const told: Told[] = [];
  for (const [key, given] of data)
    told.push(
      typeof given === 'string'
        ? [key, given]
        : [key, latin1Text(new Uint8Array(await given.arrayBuffer())), given.name],
    );
  return told;
}

function toldByReader(type: string, chunks: readonly Uint8Array[]): Told[] {
  const told: Told[] = [];
  let content = '';
  const form = new FormReader(type, {
    maxFieldNameBytes: 1000,
    files: {
      start() {
        content = '';
      },
      content(_file, bytes) {
        content += latin1Text(bytes);
      },
      end(file) {
        told.push([file.name, content, file.filename]);
      },
    },
  });
  for (const chunk of chunks) form.process(chunk);
  form.finalize();
  expect(form.error).toBeUndefined();
  form.each((key, given) => told.push([key, given]));
  return told;
}

function latin1Text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** Files, then fields, these in the order of their names' first coming. */
function sorted(told: readonly Told[]): Told[] {
  const fields = told.filter((one) => one.length === 2);
  const names = [...new Set(fields.map(([key]) => key))];
  return [
    ...told.filter((one) => one.length === 3),
    ...names.flatMap((key) => fields.filter((one) => one[0] === key)),
  ];
}

test('multipart as a browser sends it is what undici reads', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(entry, { maxLength: 6 }),
      fc.array(fc.nat(2000), { maxLength: 6 }),
      async (entries, places) => {
        const data = new FormData();
        for (const one of entries)
          if ('value' in one) data.append(one.name, one.value);
          else data.append(one.name, new Blob([one.content]), one.filename);
        const sent = new Response(data);
        const type = sent.headers.get('content-type') ?? '';
        const body = new Uint8Array(await sent.arrayBuffer());
        const chunks = cutAt(
          body,
          places.toSorted((a, b) => a - b),
        );
        expect(sorted(toldByReader(type, chunks))).toEqual(sorted(await toldByOracle(type, body)));
      },
    ),
    runs,
  );
});

test('urlencoded as a browser sends it is what undici reads', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(value, value), { maxLength: 6 }),
      fc.array(fc.nat(2000), { maxLength: 6 }),
      async (entries, places) => {
        const body = latin1(new URLSearchParams(entries).toString());
        const chunks = cutAt(
          body,
          places.toSorted((a, b) => a - b),
        );
        expect(sorted(toldByReader(urlencoded, chunks))).toEqual(sorted(entries));
        expect(sorted(await toldByOracle(urlencoded, body))).toEqual(sorted(entries));
      },
    ),
    runs,
  );
});

test('nearly a form, where both take it, is read as undici reads it', async () => {
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(nearlyMultipart, async (text) => {
      // the undici of Node.js 26 takes the first delimiter wherever it stands; RFC 2046 §5.1.1 has it begin a line
      const first = text.indexOf('--b');
      if (first > 0 && !text.startsWith('\r\n', first - 2)) return;
      const body = latin1(text);
      if (readForm(multipart, [body]).at(-1)?.startsWith('LWS') === true) return;
      const theirs = await toldByOracle(multipart, body).catch(() => undefined);
      if (theirs === undefined) return;
      taken++;
      expect(sorted(toldByReader(multipart, [body]))).toEqual(sorted(theirs));
    }),
    runs,
  );
  expect(taken).toBeGreaterThan(10 * depth);
});
