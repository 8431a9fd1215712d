import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setLogLevel } from 'lws-ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { candideFiles } from '../../../scripts/make-candide.mjs';
import { helpText } from '../src/cli-options.ts';
import { runTestServer } from '../src/run-test-server.ts';

let folder: string;
let mask: number;

beforeEach(() => {
  mask = setLogLevel();
  folder = mkdtempSync(join(tmpdir(), 'test-server-'));
});
afterEach(() => {
  setLogLevel(mask);
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command; `listening` happens while it serves, with the URLs it printed. */
async function run(
  args: readonly string[],
  listening: (urls: readonly string[]) => Promise<void> = async () => {},
): Promise<Run> {
  let out = '';
  let err = '';
  const code = await runTestServer(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    ended: () => listening(out.match(/http:\/\/\S+/g) ?? []),
  });
  return { code, out, err };
}

function fetchText(url: string): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode, text }));
    }).on('error', reject);
  });
}

describe('lws-test-server', () => {
  test('prints URLs, mounts and protocols, serves the page, and ends with 0', async () => {
    let page = '';
    let common = '';
    const { code, out, err } = await run(['-p', '0', '-i', '127.0.0.1'], async ([url = '']) => {
      page = (await fetchText(url)).text;
      common = (await fetchText(`${url}lws-common.js`)).text;
    });
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^ {2}http:\/\/127\.0\.0\.1:[1-9]\d*\/$/m);
    expect(out).toMatch(/^ {2}\/ +file:\/\/.*www \(test\.html\)$/m);
    for (const name of ['dumb-increment-protocol', 'lws-mirror-protocol', 'lws-status'])
      expect(out).toContain(`  ${name}`);
    expect(page).toContain('<!doctype html>');
    expect(common).toContain('lws_gray_out');
  });

  test('serves a book out of an archive, and -d 15 logs what it opens', async () => {
    const lines: string[] = [];
    setLogLevel(15, (_level, line) => lines.push(line));
    let book = '';
    let picture: number | undefined;
    const { out } = await run(['-p', '0', '-i', '127.0.0.1'], async ([url = '']) => {
      book = (await fetchText(`${url}ziptest/candide.html`)).text;
      picture = (await fetchText(`${url}ziptest/images/ship.jpg`)).status;
    });
    setLogLevel(mask, null);
    expect(book).toBe(candideFiles()[0]?.content.toString());
    expect(book).toContain('we must cultivate our garden');
    expect(book.match(/<h2 /g)).toHaveLength(30);
    expect([picture, out.includes('/ziptest')]).toEqual([200, true]);
    expect(
      lines.some((line) => /opening .*candide\.zip\/candide\.html: 34427 bytes/.test(line)),
    ).toBe(true);
  });

  test('-i narrows where it listens', async () => {
    const { out } = await run(['-p', '0', '-i', 'lo'], async (urls) => {
      expect(urls.every((url) => /127\.0\.0\.1|\[::1\]/.test(url))).toBe(true);
    });
    expect(out).not.toContain('localhost');
    const nowhere = await run(['-p', '0', '-i', '192.0.2.77']);
    expect(nowhere.code).toBe(1);
    expect(nowhere.err).toContain('LWS_ERR_LISTEN');
  });

  test('-r serves another directory', async () => {
    writeFileSync(join(folder, 'test.html'), 'mine');
    const args = ['-p', '0', '-i', '127.0.0.1', '-r', folder];
    const { code, out } = await run(args, async ([url = '']) => {
      expect(await fetchText(url)).toEqual({ status: 200, text: 'mine' });
    });
    expect(code).toBe(0);
    expect(out).toContain(`file://${folder} (test.html)`);
  });

  test.each([
    ['is not there', 'nothing-here', 'does not exist'],
    ['is a file', 'a-file', 'is not a directory'],
    // Node.js 24 says so itself
    ['is below a file', 'a-file/below', 'does not exist'],
    ['has too long a name', 'n'.repeat(300), 'cannot be looked at: ENAMETOOLONG'],
  ])('a directory that %s ends it with 1 and says so', async (_name, name, why) => {
    writeFileSync(join(folder, 'a-file'), '');
    const { code, out, err } = await run(['-p', '0', '-r', join(folder, name)]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(`LWS_ERR_PATH: `);
    expect(err).toContain(`the resource path ${join(folder, name)} ${why}`);
    expect(err).toMatch(/^lws-test-server: [^\n]+ \(.+\)\n$/);
  });

  test('a port that is taken ends it with 1, naming the port', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const { code, err } = await run(['-p', String(port), '-i', '127.0.0.1']);
    taken.close();
    expect(code).toBe(1);
    expect(err).toContain('LWS_ERR_LISTEN');
    expect(err).toContain(`port ${port}`);
    expect(err).toContain('EADDRINUSE');
  });

  test('sends back what is no HTTP, and prints its FIFO', async () => {
    const path = join(folder, 'fifo');
    const lines: string[] = [];
    setLogLevel(7, (_level, line) => lines.push(line));
    let heard = '';
    await run(['-p', '0', '-i', '127.0.0.1', '-f', path], async ([url = '']) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket.write('is anybody there?\r\n');
      [heard] = (await once(socket.setEncoding('utf8'), 'data')) as [string];
      socket.destroy();
      writeFileSync(path, 'hello\n');
      await expect.poll(() => lines.join()).toContain('raw-test: hello');
    });
    setLogLevel(mask, null);
    expect(heard).toBe('is anybody there?\r\n');
    expect(existsSync(path)).toBe(false);
  });

  test.each([
    ['cannot be made', 'no/fifo'],
    ['is a file', 'a-file'],
  ])('a FIFO that was asked for and %s ends it with 1', async (_name, name) => {
    writeFileSync(join(folder, 'a-file'), '');
    const { code, err } = await run(['-p', '0', '-f', join(folder, name)]);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^lws-test-server: LWS_ERR_PVO: .*fifoPath.* \(Give -f PATH .*-f none.*\)\n$/,
    );
  });

  test.each([
    ['-d', '15', 15],
    ['--debug', 'err,info', 9],
  ])('%s %s sets the log levels', async (letter, levels, expected) => {
    const { code } = await run([letter, levels, '--version']);
    expect([code, setLogLevel()]).toEqual([0, expected]);
  });

  test.each([
    [['-d', 'loud'], 'LWS_ERR_LOG_LEVEL'],
    [['--port', 'x'], '--port is "x"'],
    [['-D'], 'reserved'],
  ])('%j is a wrong command line: 2', async (args, why) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(why);
    expect(err).toMatch(/^[^\n]* \(.+\)\n$/);
  });

  test('--help and --version', async () => {
    expect(await run(['--help'])).toEqual({ code: 0, out: helpText, err: '' });
    const { code, out } = await run(['--version']);
    expect(code).toBe(0);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
