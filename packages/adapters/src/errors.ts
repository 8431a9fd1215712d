import { type ErrorTable, errorTable } from '@lws-ts/interface';

/** The codes of `@lws-ts/adapters`. */
export const adapterErrors: ErrorTable<'LWS_ERR_APP_OUTPUT' | 'LWS_ERR_APP_UPGRADE'> = errorTable({
  LWS_ERR_APP_OUTPUT: {
    message: 'send() was given more than is buffered for a slow peer',
    hint: 'Look at bufferedAmount before sending, or raise maxBufferedBytes of toWs().',
    closeCode: 1013,
  },
  LWS_ERR_APP_UPGRADE: {
    message: 'not a WebSocket handshake, on a path only for WebSockets',
    hint: 'Connect to this path as a WebSocket.',
    status: 426,
  },
});
