/** The answers of lws-ts with sockets that read into one buffer. */
process.argv.push('--fast-read');
await import('./http-lws-ts.mjs');
