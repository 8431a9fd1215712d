/**
 * A connection as a client until it is established: what its role asks of the link, and what the link tells. One that
 * was accepted has no link, and nothing here concerns it.
 */
import type {
  ClientRoleState,
  CodedError,
  DialTarget,
  Transport,
  TransportSink,
} from '@lws-ts/interface';
import { absentTransport, deafSink } from './absent-transport.ts';
import type { ClientLink, LinkOwner } from './client-link.ts';
import { coreErrors } from './errors.ts';
import { HostConnection } from './host-connection.ts';

/** Base of the one class of connections: a part of each connection, not an object beside it. */
export abstract class LinkedConnection extends HostConnection implements LinkOwner, TransportSink {
  /** Of a client, until it is established. */
  #link: ClientLink | undefined = undefined;

  abstract rx(bytes: Uint8Array): void;
  abstract peerEnded(): void;
  abstract drained(): void;
  abstract closed(error: CodedError | undefined): void;

  // ---- what its role asks

  /** A client begins: `state` dials when its link says so. */
  startClient(state: ClientRoleState, link: ClientLink): void {
    this.enter('connecting');
    this.role = state;
    this.#link = link;
    link.begin();
  }

  dial(target: DialTarget, take?: () => Transport | undefined): void {
    this.opening?.dial(target, take);
  }

  get givenUp(): boolean {
    return this.#link?.failure !== undefined;
  }

  join(transport: Transport): void {
    this.opening?.join(transport);
  }

  secure(serverName: string): void {
    this.opening?.secure(serverName);
  }

  requested(): void {
    this.turn.takeAlways();
    this.opening?.requested();
    this.turn.requestTurn();
  }

  established(): void {
    const link = this.opening;
    if (link === undefined) return;
    this.#link = undefined;
    link.established();
  }

  giveUp(error: CodedError): void {
    this.opening?.giveUp(error);
  }

  // ---- what the link of a client tells

  joined(transport: Transport): void {
    this.goOnWith(transport);
    this.enter('open');
    transport.attach(this);
    try {
      (this.role as ClientRoleState | undefined)?.connected();
    } catch (error) {
      this.threw(error);
    }
    this.updateReading();
    this.turn.requestTurn();
  }

  securing(): void {
    this.enter('securing');
    // whoever takes the socket over finds it at rest
    if (this.input.reading) this.transport.read(false);
    this.input.reading = false;
  }

  leave(): void {
    const { transport } = this;
    this.input.forget();
    if (transport === absentTransport) return;
    // what the program set for this attempt concerns no other
    this.deadlines?.clear();
    this.deadlines?.clearUser();
    this.enter('connecting');
    this.goOnWith(absentTransport);
    // what it still has to say concerns nobody
    transport.attach(deafSink);
    transport.abort();
  }

  cameToNothing(): void {
    this.enter('aborted');
    this.turn.requestTurn();
  }

  // ---- within

  protected get opening(): ClientLink | undefined {
    return this.#link?.failure === undefined ? this.#link : undefined;
  }

  /** Ends a client that was not established, if it failed. */
  protected comeToNothing(): boolean {
    const failure = this.#link?.failure;
    if (failure === undefined || this.phase !== 'aborted') return false;
    // what a handler threw is reported already
    if (failure.code !== coreErrors.LWS_ERR_HANDLER_THREW.code) this.report(failure);
    this.closed(failure);
    return true;
  }

  /** It is over: whoever made the call learns why. */
  protected settle(error: CodedError | undefined): void {
    this.#link?.settle(error ?? coreErrors.LWS_ERR_CONNECT_ABORTED);
  }
}
