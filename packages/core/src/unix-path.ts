/** How long the path of a unix socket may be. libuv cuts a longer one off without a word: that is another socket. */
import { interfaceErrors, LwsError } from '@lws-ts/interface';

/** What the system has room for, in bytes. */
const most = process.platform === 'linux' ? 108 : 104;

/** @param of what has it. @throws `LWS_ERR_OPTION` */
export function checkUnixPath(path: string, of: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes > most)
    throw new LwsError(
      interfaceErrors.LWS_ERR_OPTION,
      `${of}: the path of its unix socket has ${bytes} bytes, and there is room for ${most}`,
    );
}
