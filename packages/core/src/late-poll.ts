/** What is loaded with the first `externalLoop()`. */
export { PollSet } from './poll-set.ts';
export { PolledClock } from './polled-clock.ts';
