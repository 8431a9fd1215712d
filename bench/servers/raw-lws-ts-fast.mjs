/** The echo of lws-ts with sockets that read into one buffer. */
process.argv.push('--fast-read');
await import('./raw-lws-ts.mjs');
