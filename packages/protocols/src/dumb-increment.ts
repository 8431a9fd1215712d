import { type Protocol, protocol } from '@lws-ts/interface';

/**
 * Counts up, one text message a period. `reset\n` begins again at 0; `closeme\n` closes with 1001 "seeya".
 * `periodMs`: default 50. lws: dumb-increment-protocol
 */
export const dumbIncrement: Protocol<{ readonly periodMs: 'integer' }> = protocol({
  name: 'dumb-increment-protocol',
  pvo: { periodMs: 'integer' },
  session: () => ({ count: 0, due: false }),
  vhostData: (vhost) => ({ periodMs: vhost.pvo.periodMs ?? 50 }),
  ws: {
    established: (wsi) => wsi.setTimerMs(wsi.vhostData.periodMs),
    timer(wsi) {
      wsi.session.due = true;
      wsi.requestWriteable();
      wsi.setTimerMs(wsi.vhostData.periodMs);
    },
    writeable(wsi, tx) {
      // may be called without a number being due
      if (!wsi.session.due) return;
      wsi.session.due = false;
      tx.text(String(wsi.session.count++));
    },
    message(wsi, data) {
      if (data === 'reset\n') wsi.session.count = 0;
      if (data === 'closeme\n') return wsi.close(1001, 'seeya');
    },
  },
});
