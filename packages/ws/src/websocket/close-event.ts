/** What a `close` event says. Node.js has none of its own before version 23. */
export class CloseEvent extends Event {
  static {
    const tag = { value: 'CloseEvent', configurable: true };
    Object.defineProperty(CloseEvent.prototype, Symbol.toStringTag, tag);
    Object.defineProperty(CloseEvent, 'length', { value: 1, configurable: true });
  }

  /** The peer's close frame was answered or answered ours. */
  readonly wasClean: boolean;
  /** The peer's close code; 1005 when its frame had none, 1006 when none came. */
  readonly code: number;
  readonly reason: string;

  /** @throws `TypeError` without a type */
  constructor(
    type: string,
    init?: {
      readonly bubbles?: boolean;
      readonly cancelable?: boolean;
      readonly composed?: boolean;
      readonly wasClean?: boolean;
      readonly code?: number;
      readonly reason?: string;
    } | null,
  ) {
    // biome-ignore lint/complexity/noArguments: Web IDL counts them
    if (arguments.length === 0) throw new TypeError('an argument is missing');
    super(type, init ?? {});
    const { wasClean = false, code = 0, reason = '' } = init ?? {};
    // as Web IDL converts them: boolean, unsigned short, string
    this.wasClean = Boolean(wasClean);
    this.code = +code & 0xffff;
    this.reason = `${reason}`;
  }
}
