// Type tests: what must not compile, and what must without a cast. Seen by `npm run typecheck`.
import { type AnyProtocol, protocol } from '@lws-ts/interface';

const counter = protocol({
  name: 'dumb-increment-protocol',
  pvo: { periodMs: 'integer', label: 'string' },
  session: () => ({ count: 0 }),
  vhostData: (vhost) => ({ period: vhost.pvo.periodMs ?? 50 }),
  ws: {
    established: (wsi) => wsi.setTimerMs(wsi.vhostData.period),
    writeable(wsi, tx) {
      tx.text(String(wsi.session.count++));
    },
    message(wsi, data) {
      if (data === 'closeme\n') return wsi.close(1001, 'seeya');
      if (data === 'reset\n') wsi.session.count = 0;
    },
    filterProtocolConnection: (wsi) => wsi.session.count === 0,
  },
});
const other = protocol({
  name: 'y',
  ws: {
    receive: (wsi) => wsi.requestWriteable(),
    closed() {
      return -1;
    },
  },
});
const list: readonly AnyProtocol[] = [
  counter,
  counter.with({ periodMs: 20, default: true }),
  other,
];
void list;

// @ts-expect-error pvo of the wrong type
counter.with({ periodMs: 'x' });
// @ts-expect-error pvo that was not declared
counter.with({ period: 1 });
// @ts-expect-error both forms of receiving
protocol({ name: 'x', ws: { message() {}, receive() {} } });
// @ts-expect-error an asynchronous handler
protocol({ name: 'x', ws: { async established() {} } });
protocol({
  name: 'x',
  ws: {
    // @ts-expect-error an asynchronous filter
    async filterProtocolConnection() {
      return true;
    },
  },
});
// @ts-expect-error a misspelt handler
protocol({ name: 'x', ws: { establishd() {} } });
const outward = protocol({
  name: 'x',
  session: () => ({ count: 0 }),
  vhostData: () => ({ a: 1 }),
  client: {
    appendHandshakeHeader: (wsi, add) => add('x-count', String(wsi.session.count)),
    filterPreEstablish: (wsi) => wsi.header('x-a') === String(wsi.vhostData.a),
    established: (wsi) => wsi.requestWriteable(),
    message(wsi, data) {
      wsi.session.count += data.length;
    },
    writeable: (_wsi, tx) => void tx.text('x'),
    closed: (_wsi, code, reason) => void (code + reason.length),
    connectionError: (wsi, error) => void `${error.code satisfies string} ${wsi.session.count}`,
  },
});
void (outward satisfies AnyProtocol);
// @ts-expect-error a misspelt handler of a client
protocol({ name: 'x', client: { conectionError() {} } });
// @ts-expect-error a handler that only an accepted connection has
protocol({ name: 'x', client: { filterProtocolConnection: () => true } });
// @ts-expect-error a handler that only a client has
protocol({ name: 'x', ws: { connectionError() {} } });
// @ts-expect-error both forms of receiving, of a client
protocol({ name: 'x', client: { message() {}, receive() {} } });
// @ts-expect-error an asynchronous handler of a client
protocol({ name: 'x', client: { async connectionError() {} } });
protocol({
  name: 'x',
  client: {
    // @ts-expect-error an asynchronous filter of a client
    async filterPreEstablish() {
      return true;
    },
  },
});
protocol({
  name: 'x',
  session: () => ({ a: 1 }),
  client: {
    established(wsi) {
      // @ts-expect-error no such member of the session
      void wsi.session.b;
    },
  },
});
// @ts-expect-error a misspelt group
protocol({ name: 'x', wss: {} });
protocol({
  name: 'x',
  session: () => ({ a: 1 }),
  ws: {
    established(wsi) {
      // @ts-expect-error no such member of the session
      void wsi.session.b;
    },
  },
});
protocol({
  name: 'x',
  vhostData: () => ({ a: 1 }),
  ws: {
    established(wsi) {
      // @ts-expect-error no such member of the vhost data
      void wsi.vhostData.b;
    },
  },
});
// @ts-expect-error a list takes what protocol() made, nothing else
const wrong: readonly AnyProtocol[] = [{ name: 'z' }];
void wrong;
const answering = protocol({
  name: 'x',
  session: () => ({ count: 0 }),
  vhostData: () => ({ a: 1 }),
  http: {
    request: (wsi) => wsi.reply(200, [['x-a', 'b']], String(wsi.session.count + wsi.vhostData.a)),
    body(wsi, chunk) {
      wsi.session.count += chunk.length;
    },
    bodyCompletion: (wsi, trailers) => wsi.returnHttpStatus(trailers.length === 0 ? 200 : 400),
    writeable(_wsi, tx) {
      tx.head(200);
      tx.body('x');
      tx.end();
    },
    checkAccessRights: (wsi) => wsi.header('x') === undefined,
    addHeaders: (wsi, add) => add('x-count', String(wsi.session.count)),
    filterHttpConnection: (wsi) => wsi.session?.count !== 5,
  },
});
void (answering satisfies AnyProtocol);
// @ts-expect-error an asynchronous handler of http
protocol({ name: 'x', http: { async request() {} } });
// @ts-expect-error a misspelt handler of http
protocol({ name: 'x', http: { requst() {} } });
// @ts-expect-error a filter that says nothing
protocol({ name: 'x', http: { checkAccessRights: () => 'no' } });

protocol({
  name: 'http-client',
  session: () => ({ got: 0 }),
  client: {
    appendHandshakeHeader: (wsi, add) => {
      add('content-type', 'text/plain');
      wsi.clientHttpBodyPending?.(4);
    },
    httpWriteable(wsi, tx) {
      if (tx.body('text')) wsi.requestWriteable();
      tx.end();
    },
    establishedHttp: (wsi) => void wsi.status.toFixed(),
    receiveHttp(wsi) {
      wsi.session.got += wsi.httpClientRead(100).length;
    },
    completedHttp: (wsi, trailers) => void [wsi.session.got, trailers.length],
    closedHttp: (_wsi, error) => void error?.code,
    timer: (wsi) => wsi.abort(),
  },
});
// @ts-expect-error an asynchronous handler of a request
protocol({ name: 'x', client: { async receiveHttp() {} } });
// @ts-expect-error what only a client of HTTP has is no member of a WebSocket
protocol({ name: 'x', client: { established: (wsi) => void wsi.httpClientRead() } });
// @ts-expect-error a request is answered by the server alone
protocol({ name: 'x', client: { httpWriteable: (_wsi, tx) => tx.head(200) } });
// @ts-expect-error handlers of requests that go out are of clients
protocol({ name: 'x', http: { receiveHttp() {} } });
