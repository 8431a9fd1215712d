import { type ErrorTable, errorTable } from '@lws-ts/interface';

/** The codes of `@lws-ts/adapters`. */
export const adapterErrors: ErrorTable<'LWS_ERR_APP_OUTPUT' | 'LWS_ERR_APP_UPGRADE'> = errorTable({
  LWS_ERR_APP_OUTPUT: {
    message: 'more was given to send() than a slow peer is waited for',
    hint: 'Look at bufferedAmount before sending, or raise maxBufferedBytes of toWs().',
    closeCode: 1013,
  },
  LWS_ERR_APP_UPGRADE: {
    message: 'a request that is no WebSocket handshake, where only WebSockets are',
    hint: 'Connect to this path as a WebSocket.',
    status: 426,
  },
});
