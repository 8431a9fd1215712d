// Type tests: what must compile without a cast. Seen by `npm run typecheck`.
import { toWs } from '@lws-ts/adapters';
import type { WsWsi } from '@lws-ts/interface';
import type { WebSocket } from 'ws';

declare const wsi: WsWsi<unknown, unknown>;

// a library that takes a WebSocket of ws
const given: WebSocket = toWs(wsi);
void given;
