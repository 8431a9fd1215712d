/** What the attacked server is made of: a vhost for each set of limits, chosen by Host, and the programs of all of them. */
import { protocol } from '@lws-ts/interface';
import { permessageDeflate, setDeflateLimits } from '@lws-ts/ws';

/** Connections that may keep contexts, in the whole process. */
setDeflateLimits({ contexts: 100 });

const off = 2 ** 31 - 1;

export const vhosts = {
  /** As it comes. The first is the one for every Host that is not here. */
  localhost: {},
  /** What bounds counts is off: bytes alone are bounded. */
  patient: {
    maxFragments: off,
    maxTinyFragments: off,
    maxPingsPerSecond: off,
    extensions: [permessageDeflate()],
  },
  deflate: { extensions: [permessageDeflate()] },
  takeover: {
    extensions: [
      permessageDeflate({
        serverNoContextTakeover: false,
        clientNoContextTakeover: false,
        threshold: 0,
      }),
    ],
  },
  /** Of the client that does as it should. */
  good: {},
  listed: { allowedOrigins: ['https://app.example'] },
};

/** Whatever is said comes back. */
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

/** Takes messages in chunks, and says how many bytes they had. */
const counting = protocol({
  name: 'counting',
  session: () => ({ bytes: 0 }),
  ws: {
    receive(wsi, chunk) {
      wsi.session.bytes += chunk.length;
      if (wsi.isFinalFragment) wsi.requestWriteable();
    },
    writeable(wsi, tx) {
      tx.text(`${wsi.session.bytes}`);
      wsi.session.bytes = 0;
    },
  },
});

const piece = new Uint8Array(16 * 1024).fill(0x2a);

/** Never runs out of something to say, and stops when it is told to. */
const fountain = protocol({
  name: 'fountain',
  ws: {
    established: (wsi) => wsi.requestWriteable(),
    writeable(wsi, tx) {
      while (tx.binary(piece));
      wsi.requestWriteable();
    },
  },
});

const blob = new Uint8Array(16 * 1024 * 1024).fill(0x2a);

/** Says more at once than may wait for a peer. */
const flood = protocol({
  name: 'flood',
  ws: {
    established: (wsi) => wsi.requestWriteable(),
    writeable(wsi, tx) {
      tx.binary(blob);
      wsi.requestWriteable();
    },
  },
});

const typedArrays = [
  new Uint8Array(64),
  Buffer.allocUnsafe(64),
  new Float64Array(8),
  new DataView(new ArrayBuffer(64)),
  new ArrayBuffer(64),
];

/** Is mistaken about what `close()` and the methods of `tx` take. */
const mistaken = protocol({
  name: 'mistaken',
  ws: {
    message(wsi, data) {
      // not caught, as in a program that knows no better
      if (data === 'throw') wsi.close(1000, new Float64Array(8));
      wsi.requestWriteable();
    },
    writeable(wsi, tx) {
      const codes = [];
      for (const value of typedArrays) codes.push(codeOf(() => wsi.close(1000, value)));
      for (const value of typedArrays.slice(2)) codes.push(codeOf(() => tx.binary(value)));
      tx.text([...new Set(codes)].join());
      wsi.close(1000, 'bye');
    },
  },
});

let held = [];

/** Lets nobody in until {@link letIn}; then says what is said to it. */
const guarded = protocol({
  name: 'guarded',
  session: () => ({ data: undefined }),
  ws: {
    filterProtocolConnection(wsi) {
      held.push(wsi.hold());
      return true;
    },
    message(wsi, data) {
      wsi.session.data = data;
      wsi.requestWriteable();
    },
    writeable(wsi, tx) {
      if (wsi.session.data !== undefined) tx.text(wsi.session.data);
    },
  },
});

export function letIn() {
  for (const one of held) one.accept();
  held = [];
}

function codeOf(call) {
  try {
    call();
    return 'none';
  } catch (error) {
    return error.code;
  }
}

export const programs = [
  echo.with({ default: true }),
  counting,
  fountain,
  flood,
  mistaken,
  guarded,
];
