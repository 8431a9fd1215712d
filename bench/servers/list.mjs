/** Who can be measured. A further one is a file beside this that calls `announce`, and a line here. */
const ws = { file: 'ws.mjs', packages: ['ws', 'bufferutil'] };
const lwsTs = { file: 'lws-ts.mjs', packages: ['lws-ts'] };
const lwsTsFast = { file: 'lws-ts-fast.mjs', packages: ['lws-ts'] };

const netFloor = { file: 'net-floor.mjs', packages: ['bufferutil'] };

export const echoServers = {
  ws,
  'net-floor': netFloor,
  'lws-ts': lwsTs,
  'lws-ts-fast': lwsTsFast,
};

/** Those that agree on permessage-deflate with `--deflate`. */
export const deflateServers = { ws, 'lws-ts': lwsTs, 'lws-ts-fast': lwsTsFast };

/** `net-floor` cannot compress: it has no place in the scenario `deflate`. */
export const memoryServers = { ...deflateServers, 'net-floor': netFloor };

export const broadcastServers = {
  ws: { ...ws, file: 'ws-broadcast.mjs' },
  'lws-ts': { ...lwsTs, file: 'lws-ts-broadcast.mjs' },
};

export const streamServers = {
  net: { file: 'net-echo.mjs', packages: [] },
  'lws-ts': { ...lwsTs, file: 'lws-ts-stream.mjs' },
};
