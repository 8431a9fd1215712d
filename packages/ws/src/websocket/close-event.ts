/** What a `close` event says. Node.js has none of its own before version 23. */
export class CloseEvent extends Event {
  /** The peer's close frame was answered or answered ours. */
  readonly wasClean: boolean;
  /** The peer's close code; 1005 when its frame had none, 1006 when none came. */
  readonly code: number;
  readonly reason: string;

  constructor(
    type: string,
    init: {
      readonly bubbles?: boolean;
      readonly cancelable?: boolean;
      readonly composed?: boolean;
      readonly wasClean?: boolean;
      readonly code?: number;
      readonly reason?: string;
    } = {},
  ) {
    super(type, init);
    this.wasClean = init.wasClean ?? false;
    this.code = init.code ?? 0;
    this.reason = init.reason ?? '';
  }
}
