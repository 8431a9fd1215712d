/** A command whose command line may have no `debug`, as `parseCommandLine` reads it. Seen by `npm run typecheck`. */
import {
  type Command,
  type CommandIo,
  parseCommandLine,
  readNumber,
  runCommand,
} from '../src/index.ts';

const accepted = {
  times: { type: 'string', short: 'n' },
  debug: { type: 'string', short: 'd' },
} as const;

interface Greeting {
  readonly times: number;
  readonly debug?: string;
}

const greet: Command<Greeting> = {
  name: 'greet',
  read(args) {
    const { values } = parseCommandLine(args, accepted, false);
    return { ...values, times: readNumber(values.times, '--times', 1, 9) ?? 1 };
  },
  text: () => undefined,
  run: ({ times }) => Promise.resolve(times),
};

declare const io: CommandIo;
void runCommand(greet, [], io);

interface Masked {
  readonly debug: number;
}
// @ts-expect-error log levels are given in words, or as a mask in digits
export type Quiet = Command<Masked>;
