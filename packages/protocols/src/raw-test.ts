import { closeSync, constants, fstatSync, lstatSync, openSync, unlinkSync } from 'node:fs';
import { lwslNotice } from '@lws-ts/core';
import { interfaceErrors, LwsError, type Protocol, protocol } from '@lws-ts/interface';
import { childProcess } from './node-child-process.ts';

type RawTestPvo = { readonly fifoPath: 'string' };

/** What is echoed at once, in bytes. */
const echoBytes = 128;

/**
 * Prints what comes through a FIFO, whose path the pvo `fifoPath` names and which is made for it, and sends back
 * what raw connections say: `telnet` to a port that falls back to raw shows both. lws: protocol-lws-raw-test
 *
 * @param print is given the text of the FIFO, in the pieces it came in
 */
export function watchedRawTest(print: (text: string) => void): Protocol<RawTestPvo> {
  return protocol({
    name: 'protocol-lws-raw-test',
    pvo: { fifoPath: 'string' },
    rxBufferSize: echoBytes,
    session: () => ({ held: undefined as Uint8Array | undefined, decoder: new TextDecoder() }),
    vhostData: (): { made: string | undefined } => ({ made: undefined }),
    init(vhost, data) {
      const { fifoPath } = vhost.pvo;
      if (fifoPath === undefined) return;
      const { fd, made } = openFifo(fifoPath);
      if (made) data.made = fifoPath;
      vhost.adoptDescriptor(fd);
    },
    destroy(_vhost, data) {
      if (data.made === undefined) return;
      try {
        unlinkSync(data.made);
      } catch {
        // somebody else took it away
      }
    },
    raw: {
      rx(wsi, data) {
        // the next piece waits until this one is written
        wsi.session.held = data;
        wsi.requestWriteable();
      },
      writeable(wsi, tx) {
        const { held } = wsi.session;
        if (held === undefined) return;
        wsi.session.held = undefined;
        tx.write(held);
      },
    },
    rawFile: {
      // a character may come in two pieces
      rx: (wsi, data) => print(wsi.session.decoder.decode(data, { stream: true })),
    },
  });
}

/** As {@link watchedRawTest}; the FIFO is printed as lines of the log. */
export const rawTest: Protocol<RawTestPvo> = watchedRawTest((text) => {
  for (const line of text.split('\n')) if (line !== '') lwslNotice(`raw-test: ${line}`);
});

/** Makes it unless it is there, and opens it. @throws `LWS_ERR_PVO` */
function openFifo(path: string): { readonly fd: number; readonly made: boolean } {
  for (let attempt = 0; ; attempt++) {
    const made = makeFifo(path);
    try {
      const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
      return { fd: ownFifo(openSync(path, flags), path), made };
    } catch (error) {
      if (error instanceof LwsError) throw error;
      // another server may have taken its own away meanwhile
      const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (!gone || attempt === 2) throw refused(path, (error as Error).message);
    }
  }
}

/** True: it was made; false: something is there already. @throws `LWS_ERR_PVO` */
function makeFifo(path: string): boolean {
  const isThere = (): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  if (isThere()) return false;
  const command = ['-m', '600', '--', path];
  const { error, status, stderr } = childProcess().spawnSync('mkfifo', command, {
    encoding: 'utf8',
  });
  if (error !== undefined) throw refused(path, error.message);
  if (status !== 0 && !isThere()) throw refused(path, stderr.trim());
  return status === 0;
}

/** Never what another user put there. @throws `LWS_ERR_PVO` */
function ownFifo(fd: number, path: string): number {
  const stats = fstatSync(fd);
  if (stats.isFIFO() && stats.uid === process.getuid?.()) return fd;
  closeSync(fd);
  throw refused(path, stats.isFIFO() ? 'it is another user’s' : 'it is no FIFO');
}

function refused(path: string, why: string): LwsError {
  return new LwsError(
    interfaceErrors.LWS_ERR_PVO,
    `fifoPath of protocol "protocol-lws-raw-test" is ${JSON.stringify(path)}: ${why}`,
  );
}
