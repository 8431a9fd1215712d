/** One HTTP request, as lws's test client makes it: a page, or with a form, and its answer as it comes. */
import { type AnyProtocol, type LwsError, protocol } from 'lws-ts';
import type { EventListener } from './events.ts';

/** lws: the form of -o */
const form = 'text=hello&send=Send+the+form';

/**
 * @param over told once how it ended: undefined when the answer is complete
 * @param post the form is sent
 */
export function httpClient(
  emit: EventListener,
  over: (error: LwsError | undefined) => void,
  post: boolean,
): AnyProtocol {
  const connection = 'http';
  const failed = (error: LwsError): void => {
    const { code, message, hint } = error;
    emit({ event: 'error', connection, code, message, hint });
    over(error);
  };
  return protocol({
    name: 'http',
    session: () => ({ bytes: 0, decoder: new TextDecoder() }),
    client: {
      appendHandshakeHeader(wsi, add) {
        if (!post) return;
        add('content-type', 'application/x-www-form-urlencoded');
        wsi.clientHttpBodyPending?.(form.length);
      },
      httpWriteable(_wsi, tx) {
        if (!post) return;
        tx.body(form);
        tx.end();
      },
      establishedHttp: (wsi) => emit({ event: 'answer', connection, status: wsi.status }),
      receiveHttp(wsi) {
        const piece = wsi.httpClientRead(65_536);
        wsi.session.bytes += piece.length;
        emit({
          event: 'body',
          connection,
          text: wsi.session.decoder.decode(piece, { stream: true }),
        });
      },
      completedHttp: (wsi) => emit({ event: 'completed', connection, bytes: wsi.session.bytes }),
      closedHttp: (_wsi, error) => (error === undefined ? over(undefined) : failed(error)),
      connectionError: (_wsi, error) => failed(error),
    },
  });
}
