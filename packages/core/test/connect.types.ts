// Type tests: what must not compile, and what must without a cast. Seen by `npm run typecheck`.
import type { Context } from '@lws-ts/core';
import type { HttpClientWsi, RawWsi, Wsi, WsWsi } from '@lws-ts/interface';

declare const context: Context<[]>;
declare const port: number;
declare const url: string;

const socket: WsWsi<unknown, unknown> = context.connect({ url: `ws://localhost:${port}/chat` });
const opened: Promise<WsWsi<unknown, unknown>> = context.open({ url: 'wss+unix:/run/my.sock:/' });
const answer: Promise<HttpClientWsi<unknown, unknown>> = context.open({ url: 'https://localhost' });
const bytes: RawWsi<unknown, unknown> = context.connect({ url: 'raw://localhost:1' });
void [socket, opened, answer, bytes];

// by any other means the scheme cannot be seen
const some: Wsi<unknown, unknown> = context.connect({ url });
const read: Wsi<unknown, unknown> = context.connect({ url: new URL(url) });
const parts: Promise<Wsi<unknown, unknown>> = context.open({ address: 'localhost', port: 80 });
void [some, read, parts];
// @ts-expect-error of a URL that the compiler cannot see
const hidden: WsWsi<unknown, unknown> = context.connect({ url });
// @ts-expect-error of an address
const plain: WsWsi<unknown, unknown> = context.connect({ address: 'localhost' });
// @ts-expect-error no such option
context.connect({ url: 'ws://localhost', adress: 'localhost' });
void [hidden, plain];

// the vhost's data is none unless it is said
declare const session: WsWsi<{ name: string }>;
const none: undefined = session.vhostData;
const name: string = session.session.name;
void [none, name];
