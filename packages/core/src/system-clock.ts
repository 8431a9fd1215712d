import type { Clock } from '@lws-ts/interface';

const longestWait = 0x7fffffff;
/** The global one is a getter, asked at every use. */
const { performance } = globalThis;

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

/** Keeps the process alive, where nothing else does, until the result is called. */
export function holdProcess(): () => void {
  const timer = setInterval(() => undefined, longestWait);
  return () => clearInterval(timer);
}
