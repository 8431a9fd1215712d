/** Who can be measured. A further one is a file beside this that calls `announce`, and a line here. */
export const servers = {
  ws: { file: 'ws.mjs', packages: ['ws', 'bufferutil'] },
  'net-floor': { file: 'net-floor.mjs', packages: ['bufferutil'] },
  'lws-ts': { file: 'lws-ts.mjs', packages: ['lws-ts'] },
  'lws-ts-fast': { file: 'lws-ts-fast.mjs', packages: ['lws-ts'] },
};
