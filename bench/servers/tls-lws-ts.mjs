/** Echo by lws-ts over TLS, otherwise as `lws-ts.mjs`. */
import { createContext } from 'lws-ts';
import { announce } from './announce.mjs';
import { pair } from './tls-pair.mjs';
import { wsEcho } from './ws-echo.mjs';

const { sslCertFilepath, sslPrivateKeyFilepath } = pair;
const context = await createContext({
  name: 'localhost',
  interface: '127.0.0.1',
  port: 0,
  protocols: [wsEcho.with({ default: true })],
  sslCertFilepath,
  sslPrivateKeyFilepath,
});
announce(context.vhosts[0].port);
