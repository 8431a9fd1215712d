/** What `ws` has to be told with `--deflate` to do the work of `permessageDeflate({ threshold: 0 })`; false without. */
export function wsDeflate() {
  return (
    process.argv.includes('--deflate') && {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      threshold: 0,
      zlibDeflateOptions: { level: 1, memLevel: 8 },
    }
  );
}
