/** `lws-test-client http://…`: what it asks, prints and ends with. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CommandRun } from '@lws-ts/test-kit';
import { setLogLevel } from 'lws-ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runTestClient } from '../src/run-test-client.ts';

const closers: (() => unknown)[] = [];
let mask: number;

beforeEach(() => {
  mask = setLogLevel();
});
afterEach(async () => {
  setLogLevel(mask);
  for (const close of closers.splice(0)) await close();
});

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

async function serve(handler: Handler): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (bytes) => {
      body += bytes;
    });
    request.on('end', () => handler(request, response, body));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closers.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/a?b`;
}

function run(...args: readonly string[]): CommandRun {
  const command = new CommandRun(runTestClient, args);
  closers.push(() => command.end());
  return command;
}

test('prints the status and the answer, and ends when it is complete', async () => {
  const url = await serve((request, response) =>
    response.end(`${request.method} ${request.url}\nä`),
  );
  const client = run(url);
  await client.printed(/complete, \d+ bytes\n$/);
  expect(client.stdout).toBe(
    `http: connecting to ${url}\nhttp: answered with 200\nGET /a?b\nähttp: complete, 11 bytes\n`,
  );
  expect(await client.end()).toBe(0);
});

test('sends the password of a URL, and prints it nowhere', async () => {
  const url = await serve((request, response) => response.end(request.headers.authorization));
  const client = run(url.replace('http://', 'http://me:secret@'));
  await client.printed(/complete, \d+ bytes\n$/);
  expect(client.stdout).toContain(`Basic ${btoa('me:secret')}`);
  expect(client.stdout).toContain(url.replace('http://', 'http://me:***@'));
  expect(client.stdout).not.toContain('secret');
  expect(await client.end()).toBe(0);
});

test('-o sends the form of lws by POST', async () => {
  const url = await serve((request, response, body) => {
    const { method, headers } = request;
    response.end(`${method} ${headers['content-type']} ${headers['content-length']} ${body}`);
  });
  const client = run('-o', url);
  await client.printed(/complete/);
  expect(client.stdout).toContain(
    'POST application/x-www-form-urlencoded 29 text=hello&send=Send+the+form',
  );
});

test('--json has an object for each event', async () => {
  const url = await serve((_request, response) => response.writeHead(404).end('no'));
  const client = run('--json', url);
  await client.printed(/completed/);
  const events = client.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events.map(({ event }) => event)).toEqual(['connecting', 'answer', 'body', 'completed']);
  expect(events[1]).toEqual({ event: 'answer', connection: 'http', status: 404 });
});

test('an answer that is cut is an error, and exit code 1', async () => {
  const url = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': 9 });
    response.write('abc');
    setTimeout(() => response.destroy(), 20);
  });
  const client = run('-d', '0', url);
  await client.printed(/answered/);
  while (!client.stderr.includes('LWS_ERR_'))
    await new Promise((resolve) => setTimeout(resolve, 5));
  expect(client.stdout).not.toContain('complete');
  expect(await client.end()).toBe(1);
});
