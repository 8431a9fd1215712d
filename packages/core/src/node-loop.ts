import { type EventLoop, ServiceLoop } from './service-loop.ts';
import { TimerWheel } from './timer-wheel.ts';

/** The loop of a context that runs in Node's own: the default, one object for all. lws: the poll loop of lws_service */
export function nodeLoop(): EventLoop {
  return ofNode;
}

const ofNode: EventLoop = Object.freeze({
  kind: 'node',
  open: (clock, limits) => ({ clock, service: new ServiceLoop(new TimerWheel(clock), limits) }),
} satisfies EventLoop);
