/** Echo by lws-ts over TLS, otherwise as `lws-ts.mjs`. */
import { createContext, protocol } from 'lws-ts';
import { announce } from './announce.mjs';
import { pair } from './tls-pair.mjs';

const echo = protocol({
  name: 'echo',
  session: () => ({ data: undefined }),
  ws: {
    message(wsi, data) {
      wsi.session.data = data;
      wsi.requestWriteable();
    },
    writeable(wsi, tx) {
      const { data } = wsi.session;
      if (data === undefined) return;
      wsi.session.data = undefined;
      if (typeof data === 'string') tx.text(data);
      else tx.binary(data);
    },
  },
});

const { sslCertFilepath, sslPrivateKeyFilepath } = pair;
const context = await createContext({
  name: 'localhost',
  interface: '127.0.0.1',
  port: 0,
  protocols: [echo.with({ default: true })],
  sslCertFilepath,
  sslPrivateKeyFilepath,
});
announce(context.vhosts[0].port);
