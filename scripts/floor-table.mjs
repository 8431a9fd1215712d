// The packages of this repository, lowest first: which may import which, and which outside packages
// each may depend on. docs/architecture.md draws it, check-floors.mjs holds the code against it.

/**
 * `floor`     a package imports only from strictly lower floors ...
 * `uses`      ... and of those only these
 * `peers`     optional peers among our own packages, which it may import too
 * `alongside` optional peers that programs use beside it and that it does not know
 * `outside`   third-party runtime dependencies it may have
 * `outsidePeers` third-party packages it may have as optional peers
 * `sockets`   may import node:net, node:tls, node:dgram and node:stream
 */
export const floorTable = {
  '@lws-ts/interface': { floor: 0, uses: [] },
  '@lws-ts/ws-framing': { floor: 1, uses: ['@lws-ts/interface'] },
  '@lws-ts/vfs': { floor: 1, uses: ['@lws-ts/interface'], outside: ['yauzl'] },
  '@lws-ts/tls': {
    floor: 1,
    uses: ['@lws-ts/interface'],
    sockets: true,
  },
  '@lws-ts/peer-limits': { floor: 1, uses: ['@lws-ts/interface'] },
  '@lws-ts/core': { floor: 2, uses: ['@lws-ts/interface'], sockets: true },
  '@lws-ts/http': { floor: 3, uses: ['@lws-ts/interface', '@lws-ts/core'] },
  '@lws-ts/cli': { floor: 3, uses: ['@lws-ts/interface', '@lws-ts/core'] },
  '@lws-ts/raw': { floor: 3, uses: ['@lws-ts/interface', '@lws-ts/core'] },
  '@lws-ts/ws': {
    floor: 4,
    uses: ['@lws-ts/interface', '@lws-ts/ws-framing', '@lws-ts/core', '@lws-ts/http'],
  },
  '@lws-ts/http-mounts': {
    floor: 4,
    uses: ['@lws-ts/interface', '@lws-ts/core', '@lws-ts/http'],
    alongside: ['@lws-ts/vfs'],
    outside: ['mrmime'],
  },
  '@lws-ts/protocols': {
    floor: 5,
    uses: ['@lws-ts/interface', '@lws-ts/core'],
    peers: ['@lws-ts/http-mounts'],
  },
  '@lws-ts/adapters': {
    floor: 5,
    uses: ['@lws-ts/interface', '@lws-ts/core', '@lws-ts/http', '@lws-ts/ws'],
    outsidePeers: ['ws'],
    sockets: true,
  },
  'lws-ts': {
    floor: 6,
    uses: [
      '@lws-ts/interface',
      '@lws-ts/ws-framing',
      '@lws-ts/vfs',
      '@lws-ts/tls',
      '@lws-ts/peer-limits',
      '@lws-ts/core',
      '@lws-ts/http',
      '@lws-ts/raw',
      '@lws-ts/ws',
      '@lws-ts/http-mounts',
      '@lws-ts/protocols',
      '@lws-ts/adapters',
    ],
  },
  '@lws-ts/test-server': { floor: 7, uses: ['lws-ts', '@lws-ts/protocols', '@lws-ts/cli'] },
  '@lws-ts/test-client': { floor: 7, uses: ['lws-ts', '@lws-ts/protocols', '@lws-ts/cli'] },
  '@lws-ts/fraggle': { floor: 7, uses: ['lws-ts', '@lws-ts/protocols', '@lws-ts/cli'] },
  '@lws-ts/lwsws': { floor: 7, uses: ['lws-ts', '@lws-ts/protocols', '@lws-ts/cli'] },
};

/** Private packages under packages/: what they may use; nothing published may use them. */
export const privateTable = {
  '@lws-ts/test-kit': { uses: ['@lws-ts/interface'] },
};
