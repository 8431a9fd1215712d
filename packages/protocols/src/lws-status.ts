import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { late, type Protocol, protocol, type WsWsi } from '@lws-ts/interface';

interface Session {
  readonly since: number;
  userAgent: string;
  /** The newest news it has not been told. */
  due: boolean;
}

type Viewer = WsWsi<Session, Set<unknown>>;

const manifest = late(
  () =>
    JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      readonly version: string;
    },
);

/**
 * Tells every viewer who is connected, as JSON, whenever one comes or goes:
 * `{"version","hostname","wsi":"N","conns":[{"peer","time","ua"}]}`; `time` is when it came, in seconds since
 * 1970. What viewers say is ignored. lws: lws-status
 */
export const lwsStatus: Protocol<Record<never, never>> = protocol({
  name: 'lws-status',
  session: (): Session => ({ since: Math.floor(Date.now() / 1000), userAgent: '', due: false }),
  vhostData: () => new Set<unknown>(),
  ws: {
    established(wsi) {
      wsi.session.userAgent = wsi.header('user-agent') ?? 'unknown';
      wsi.vhostData.add(wsi);
      tellAll(wsi);
    },
    writeable(wsi, tx) {
      if (!wsi.session.due) return;
      wsi.session.due = false;
      tx.text(describe(wsi));
    },
    message() {},
    closed(wsi) {
      wsi.vhostData.delete(wsi);
      tellAll(wsi);
    },
  },
});

function viewers(wsi: Viewer): Viewer[] {
  return [...wsi.vhostData] as Viewer[];
}

function tellAll(wsi: Viewer): void {
  for (const viewer of viewers(wsi)) {
    viewer.session.due = true;
    viewer.requestWriteable();
  }
}

function describe(wsi: Viewer): string {
  const conns = viewers(wsi).map((viewer) => ({
    peer: viewer.peer.address,
    time: viewer.session.since,
    ua: viewer.session.userAgent,
  }));
  const { version } = manifest();
  return JSON.stringify({ version, hostname: hostname(), wsi: String(conns.length), conns });
}
