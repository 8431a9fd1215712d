/** Connections that belong together: a parent closes its children first. */
import type { CodedError, WsiView } from '@lws-ts/interface';
import { coreErrors } from './errors.ts';

/** A connection, as its parent and its children see it. */
export interface Relative {
  readonly wsi: WsiView;
  close(code: number | undefined, reason: string): void;
  abort(): void;
  /** Ends at once. */
  cut(error: CodedError): void;
  /** A child of it is gone. */
  childGone(child: Relative): void;
}

/** What one connection has of them. */
export class Kin {
  parent: Relative | undefined = undefined;
  readonly #children = new Set<Relative>();

  /** In the order they came. */
  get children(): readonly WsiView[] {
    return Array.from(this.#children, ({ wsi }) => wsi);
  }

  add(child: Relative): void {
    this.#children.add(child);
  }

  remove(child: Relative): void {
    this.#children.delete(child);
  }

  /** In order, each by its own role. */
  closeChildren(): void {
    for (const child of this.#children) child.close(1001, 'parent going away');
  }

  abortChildren(): void {
    for (const child of this.#children) child.abort();
  }

  /** None is left. */
  cutChildren(): void {
    for (const child of this.#children) child.cut(coreErrors.LWS_ERR_PARENT_CLOSED);
  }
}
