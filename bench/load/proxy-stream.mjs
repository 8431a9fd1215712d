/**
 * One body of `--messages` blocks of 64 KiB through a proxy, as fast as both ends take it: with `--path down` that of
 * an answer, of which every byte is compared, else that of a request, of which the upstream says how long it was.
 */
import { once } from 'node:events';
import { request } from 'node:http';
import { contentOf } from '../servers/http-files.mjs';
import { fail, serveHarness } from './client.mjs';
import { settings } from './settings.mjs';

const given = settings();
const block = contentOf(65_536);
const twice = Buffer.concat([block, block]);

await serveHarness(given, async (count) => {
  const total = count * block.length;
  await (given.path === 'down' ? download(total) : upload(total));
});

async function download(total) {
  const asked = request({ host: '127.0.0.1', port: given.port, path: `/${total}` }).on(
    'error',
    fail,
  );
  asked.end();
  const [answer] = await once(asked, 'response');
  let got = 0;
  answer.on('data', (bytes) => {
    const from = got % block.length;
    if (bytes.length > block.length || bytes.compare(twice, from, from + bytes.length) !== 0)
      fail(new Error('the answer differs'));
    got += bytes.length;
  });
  await once(answer, 'end');
  if (answer.statusCode !== 200 || got !== total) fail(new Error(`${got} of ${total} bytes came`));
}

async function upload(total) {
  const headers = { 'content-length': total };
  const asked = request({ host: '127.0.0.1', port: given.port, method: 'PUT', path: '/', headers });
  asked.on('error', fail);
  const answered = once(asked, 'response');
  for (let left = total; left > 0; left -= block.length)
    if (!asked.write(left < block.length ? block.subarray(0, left) : block))
      await once(asked, 'drain');
  asked.end();
  const [answer] = await answered;
  let said = '';
  for await (const bytes of answer) said += bytes;
  if (said !== String(total)) fail(new Error(`the upstream got ${said} of ${total} bytes`));
}
