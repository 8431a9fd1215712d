/** What `npm run bench -- NAME` can measure; the first is what it measures without a name. */
import { broadcast } from './broadcast.mjs';
import { cgi } from './cgi.mjs';
import { connect } from './connect.mjs';
import { deflate } from './deflate.mjs';
import { echo } from './echo.mjs';
import { http } from './http.mjs';
import { memory } from './memory.mjs';
import { proxy } from './proxy.mjs';
import { proxyStream } from './proxy-stream.mjs';
import { raw } from './raw.mjs';
import { stream } from './stream.mjs';
import { tls } from './tls.mjs';

/**
 * Each has `about`, `scenarios`, `servers`, `defaultServers`, `defaults` of options, `run(options, progress)` that
 * gives samples, and `rows(samples)` that makes a table of them.
 */
export const benchmarks = {
  echo,
  deflate,
  broadcast,
  connect,
  memory,
  stream,
  http,
  tls,
  raw,
  proxy,
  'proxy-stream': proxyStream,
  cgi,
};
