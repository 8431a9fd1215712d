/** Category 3: RSV bits that no extension has taken (RFC 6455 §5.2). */
import { broken, type Case, type Cut, close, frame, hear, hello, hex, row, say } from './case.ts';

/** A good text, a bad one, and a ping that nobody may answer. */
function afterText(rsv: number) {
  return () => [
    ...say(frame(1, hello), frame(1, hello, { rsv }), frame(9)),
    hear('text', hello),
    broken('RESERVED_BIT', { frame: 1, header: 0 }),
  ];
}

function rejected(id: string, about: string, bad: ReturnType<typeof frame>, cut: Cut = 'whole') {
  return row(
    id,
    '§5.2',
    about,
    () => [...say(bad, frame(9)), broken('RESERVED_BIT', { frame: 0, header: 0 })],
    cut,
  );
}

export const reservedBits: readonly Case[] = [
  rejected('3.1', 'text with RSV 1', frame(1, hello, { rsv: 1 })),
  row('3.2', '§5.2', 'text, text with RSV 2, ping', afterText(2)),
  row('3.3', '§5.2', 'text, text with RSV 3, ping, a write each', afterText(3), 'frames'),
  row('3.4', '§5.2', 'text, text with RSV 4, ping, one octet a write', afterText(4), 1),
  rejected('3.5', 'binary with RSV 5', frame(2, hex('00 ff fe fd fc fb 00 ff'), { rsv: 5 })),
  rejected('3.6', 'ping with RSV 6', frame(9, hello, { rsv: 6 })),
  rejected('3.7', 'close with RSV 7', { ...close(1000), rsv: 7 }),
];
