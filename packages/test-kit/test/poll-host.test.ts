import { PollHost } from '@lws-ts/test-kit';
import { describe, expect, test } from 'vitest';

/** A loop that says what it is asked, and has so much forced service. */
function scripted(host: PollHost, forced = 0) {
  const asked: string[] = [];
  let left = forced;
  const loop = {
    serviceFd(pollfd?: { readonly fd: number; revents: number }) {
      asked.push(`fd ${pollfd?.fd} ${host.inside}`);
      if (pollfd !== undefined) pollfd.revents = 0;
    },
    service(ms: number) {
      asked.push(`service ${ms} ${host.inside}`);
      if (ms < 0) left--;
    },
    adjustTimeout: (ms: number) => (left > 0 ? 0 : ms),
  };
  host.drives(loop);
  return asked;
}

describe('a host', () => {
  test('keeps what descriptors are polled for, and what it was told', () => {
    const host = new PollHost();
    const { addPollFd, setModePollFd, clearModePollFd, delPollFd, ready } = host;
    addPollFd({ fd: 1, events: 1, prevEvents: 0 });
    addPollFd({ fd: 2, events: 0, prevEvents: 0 });
    setModePollFd({ fd: 1, events: 5, prevEvents: 1 });
    clearModePollFd({ fd: 1, events: 4, prevEvents: 5 });
    delPollFd({ fd: 2, events: 0, prevEvents: 0 });
    ready({ fd: 1, revents: 4 });
    expect([...host.table]).toEqual([[1, 4]]);
    expect(host.take()).toEqual(['add 1', 'add 0', 'set 4', 'clear 1', 'del', 'ready 4']);
    expect(host.take()).toEqual([]);
    expect(host.pending).toEqual([{ fd: 1, revents: 4 }]);
  });

  test('services each that is ready once, and the forced service that comes of it', () => {
    const host = new PollHost();
    const asked = scripted(host, 2);
    host.ready({ fd: 7, revents: 1 });
    expect(host.poll()).toBe(1);
    expect(asked).toEqual(['fd 7 true', 'service -1 true', 'service -1 true']);
    expect([host.poll(), host.inside]).toEqual([0, false]);
  });

  test('runs timers and what is ready until nothing is', async () => {
    const host = new PollHost();
    const asked = scripted(host);
    host.ready({ fd: 7, revents: 1 });
    await host.run();
    expect(asked).toEqual(['service 0 true', 'fd 7 true']);
  });

  test('fails where forced service does not end, and where it drives nothing', () => {
    const host = new PollHost();
    expect(() => host.poll()).not.toThrow();
    expect(() => host.drain()).toThrow('drives no loop');
    scripted(host, Number.POSITIVE_INFINITY);
    expect(() => host.drain()).toThrow('does not end');
  });
});
