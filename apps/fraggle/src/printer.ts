/** What fraggle prints of each connection: the lines of the original, or JSON. */
import type { CommandIo } from '@lws-ts/cli';
import { type FraggleWatcher, fraggleLines } from '@lws-ts/protocols/fraggle';

/** Prints, and counts the rounds whose sums were wrong or that did not come. */
export class Printer {
  readonly watcher: FraggleWatcher;
  errors = 0;
  readonly #output: CommandIo;
  readonly #json: boolean;

  constructor(output: CommandIo, json: boolean) {
    this.#output = output;
    this.#json = json;
    this.watcher = {
      established: (side, id) =>
        this.say('established', fraggleLines.established(side), { connection: id }),
      sending: (_side, id, fragments) =>
        this.say('sending', fraggleLines.sending(fragments), { connection: id, fragments }),
      sent: (_side, id, { bytes, fragments, sum, ...rest }) =>
        this.say('sent', fraggleLines.sent({ bytes, fragments, sum, ...rest }), {
          connection: id,
          bytes,
          fragments,
          sum,
        }),
      received: (side, id, round) => {
        const line = fraggleLines.received(side, round);
        if (!round.ok) {
          this.errors++;
          this.#output.err(`${line}\n`);
        }
        if (round.ok || this.#json) this.say('received', line, { connection: id, ...round });
      },
      silent: (id) => {
        this.errors++;
        this.#output.err(`**** ERROR on connection ${id}: ${fraggleLines.silent}\n`);
        if (this.#json) this.say('silent', fraggleLines.silent, { connection: id });
      },
      closed: (_side, id, code, reason) =>
        this.say('closed', `connection ${id} closed with ${shownClose(code, reason)}`, {
          connection: id,
          code,
          reason,
        }),
    };
  }

  /** One event: its line, or its name and members as JSON. */
  say(event: string, line: string, members: Readonly<Record<string, unknown>>): void {
    this.#output.out(`${this.#json ? JSON.stringify({ event, ...members }) : line}\n`);
  }
}

/** A close code and, in (), what the peer said with it. */
export function shownClose(code: number, reason: string): string {
  return reason === '' ? String(code) : `${code} (${reason})`;
}
