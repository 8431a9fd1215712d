/** Whether there are descriptors for one more script. */
import { expect, test, vi } from 'vitest';
import { hasDescriptorRoom } from '../../src/cgi/descriptor-room.ts';

const opens = vi.hoisted(() => ({ left: Number.POSITIVE_INFINITY, code: '', open: 0 }));

vi.mock('node:fs', () => ({
  openSync() {
    if (opens.left-- <= 0) throw Object.assign(new Error(opens.code), { code: opens.code });
    return ++opens.open;
  },
  closeSync: () => void opens.open--,
}));

test.each([
  ['EMFILE', 7, false],
  ['ENFILE', 7, false],
  ['EMFILE', 0, false],
  ['EMFILE', 8, true],
  // what says nothing of descriptors is no reason
  ['EACCES', 0, true],
])('%s behind %i that were opened: %s', (code, left, room) => {
  Object.assign(opens, { code, left });
  expect(hasDescriptorRoom()).toBe(room);
  expect(opens.open).toBe(0);
});
