/**
 * The test server of libwebsockets itself. It serves the folder that it was built for: the files are put there in
 * a mount namespace of its own, which takes root.
 */
import { freePort, startForeign } from './foreign.mjs';
import { rootOf } from './http-files.mjs';

const built = '/usr/share/libwebsockets-test-server';
const port = await freePort();
const script = `mount --bind "$1" ${built} && exec libwebsockets-test-server --port=${port} -d 0`;
await startForeign('unshare', ['--mount', 'sh', '-c', script, 'sh', rootOf()], port);
