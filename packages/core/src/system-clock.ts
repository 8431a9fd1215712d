import type { Clock } from '@lws-ts/interface';

const longestWait = 0x7fffffff;

/** The clock of the machine. Wake-ups do not keep the process alive: connections and listeners do. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  wakeAt(at, run) {
    const wait = Math.min(Math.max(0, Math.ceil(at - performance.now())), longestWait);
    const timer = setTimeout(run, wait);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
