/** Our client and the TLS of other servers: it echoes, or its `connectionError` is told what is wrong. */
import { createContext, type LwsContext, LwsError, protocol, setLogLevel } from 'lws-ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Authority, type Issued } from '../../packages/tls/test/authority.ts';
import { type TlsServer, tlsServerKinds } from './tls-servers.ts';

const ca = new Authority();
const names = ['localhost', '127.0.0.1'];
const good = ca.issue(names);
const refused = 'LWS_ERR_TLS_SERVER_CERTIFICATE';
let server: TlsServer | undefined;
let context: LwsContext | undefined;

beforeAll(() => setLogLevel('err,warn,notice', () => undefined));
afterAll(() => setLogLevel('err,warn,notice', null));
afterEach(async () => {
  await context?.close({ deadlineSecs: 0 });
  await server?.close();
  [server, context] = [undefined, undefined];
});

/** The echo of a message over `wss:`, or what `connectionError` was told. */
async function echo(host: string, port: number): Promise<string | LwsError> {
  let came: (what: string | LwsError) => void = () => undefined;
  const answer = new Promise<string | LwsError>((resolve) => {
    came = resolve;
  });
  const said = protocol({
    name: 'said',
    client: {
      established: (wsi) => wsi.requestWriteable(),
      writeable: (_wsi, tx) => void tx.text('over TLS'),
      message: (_wsi, data) => came(String(data)),
      connectionError: (_wsi, error) => came(error),
    },
  });
  context = await createContext({
    vhosts: [{ port: -1, protocols: [said], clientSslCaMem: ca.cert }],
  });
  context.connect({ url: `wss://${host}:${port}/`, localProtocol: 'said' });
  return answer;
}

describe.each(tlsServerKinds)('$name', (kind) => {
  beforeEach((task) => {
    if (kind.missing !== undefined) task.skip(kind.missing);
  });

  test.each(['localhost', '127.0.0.1'])('echoes by %s', async (host) => {
    server = await kind.start(good);
    expect(await echo(host, server.port)).toBe('over TLS');
  });

  test.each<[string, Issued, RegExp]>([
    ['another name', ca.issue(['other.test']), /localhost.*altnames|altnames.*localhost/],
    [
      'a CA that nobody knows',
      new Authority('strangers').issue(names),
      /localhost: [A-Z_]*(ISSUER|SIGN)/,
    ],
    [
      'yesterday',
      ca.issue(names, { notAfter: Date.now() - 60_000 }),
      /localhost: CERT_HAS_EXPIRED/,
    ],
  ])('is refused with a certificate of %s', async (_name, issued, reason) => {
    server = await kind.start(issued);
    const error = await echo('localhost', server.port);
    expect(error).toBeInstanceOf(LwsError);
    expect((error as LwsError).code).toBe(refused);
    expect((error as LwsError).message).toMatch(reason);
  });
});
