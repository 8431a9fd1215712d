/**
 * From a transport to a connection that is served: who it is from, whether it is let in, and its handshake. What is
 * turned away on the way never becomes a connection; it is counted, logged and told.
 */
import type {
  Admission,
  AdmissionTicket,
  CodedError,
  TimeoutReason,
  Transport,
  TransportSecurity,
  WsiView,
} from '@lws-ts/interface';
import { attempt } from './attempt.ts';
import { errorChannel } from './diagnostics.ts';
import { coreErrors } from './errors.ts';
import { Handshakes } from './handshakes.ts';
import type { RefusalLog } from './refusal-log.ts';
import type { ServiceLoop } from './service-loop.ts';
import type { Vhost } from './vhost.ts';

/** Let in, with the ticket of whoever was asked. */
export interface Admitted {
  readonly ticket: AdmissionTicket | undefined;
}

/** Nobody was asked. */
export const noTicket: Admitted = Object.freeze({ ticket: undefined });

/** Takes what comes through: the transport to go on with, and the vhost that its handshake chose. */
export type Serve = (transport: Transport, vhost: Vhost, admitted: Admitted) => void;

/** What an entrance needs of its context. */
export interface EntranceHome {
  readonly loop: ServiceLoop;
  readonly refusals: RefusalLog;
}

/** How long who stands behind a proxy may take to be named, where nothing else is said. */
const readPeerSecs = 10;

export class Entrance {
  readonly #home: EntranceHome;
  readonly #admissions: readonly Admission[];
  readonly #handshakes: Handshakes;

  constructor(home: EntranceHome, admissions: readonly Admission[]) {
    this.#home = home;
    this.#admissions = admissions;
    this.#handshakes = new Handshakes(home.loop.wheel);
  }

  /** How many are on their way. */
  get size(): number {
    return this.#handshakes.size;
  }

  /** All who are on their way are given up. */
  close(): void {
    this.#handshakes.cancel();
  }

  /** Brings in what arrived at a port of `vhost`, or what is adopted as if it had. */
  enter(transport: Transport, vhost: Vhost, serve: Serve): void {
    const admission = this.#admissions.find(readsPeer);
    if (admission === undefined) this.#begin(transport, vhost, serve);
    else this.#readPeer(admission, transport, vhost, serve);
  }

  /** Asks who may say no; what is refused is told here, and stays the caller's. */
  admit(transport: Transport, vhost: Vhost): Admitted | CodedError {
    const admission = this.#admissions[0];
    if (admission === undefined) return noTicket;
    const ticket: AdmissionTicket | CodedError = admission.admit(transport.peer);
    if (!('code' in ticket)) return { ticket };
    this.turnAway(ticket, transport.peer, vhost);
    return ticket;
  }

  /** Of what never became a connection: counted, logged, told. @param linesASecond see {@link RefusalLog} */
  turnAway(
    error: CodedError,
    peer: Transport['peer'],
    vhost: Vhost,
    timeoutReason?: TimeoutReason,
    linesASecond?: number,
  ): void {
    vhost.count(error.code);
    vhost.counters.rejected++;
    const wsi: WsiView = {
      id: 0,
      vhost,
      peer,
      security: undefined,
      protocol: '',
      open: false,
      timeoutReason,
    };
    this.#home.refusals.report(error, wsi, undefined, linesASecond);
    if (errorChannel.hasSubscribers) errorChannel.publish({ wsi, vhost: vhost.name, error });
  }

  /** A proxy says first who it is that connected. */
  #readPeer(admission: Admission, plain: Transport, vhost: Vhost, serve: Serve): void {
    const known = (): void => this.#begin(plain, vhost, serve);
    const begun = this.#handshakes.run(
      'proxy',
      admission.readPeerSecs ?? readPeerSecs,
      (done) => admission.readPeer?.(plain, (error) => done(error ?? plain)),
      (result) => {
        if ('code' in result) this.#failed(result, plain, vhost, noTicket, 'proxy');
        else attempt('serving what a proxy brought', known);
      },
    );
    if (!begun) known();
  }

  // functions that make closures stand apart: what is served at once makes none
  #begin(transport: Transport, vhost: Vhost, serve: Serve): void {
    const admitted = this.admit(transport, vhost);
    if ('code' in admitted) {
      transport.abort();
      return;
    }
    const { security } = vhost;
    if (security?.serves === true && transport.security === undefined)
      this.#secure(security, transport, vhost, admitted, serve);
    else if (this.#home.loop.polled === undefined) serve(transport, vhost, admitted);
    else this.#serveLater(transport, vhost, admitted, serve);
  }

  /** When the program services the loop. */
  #serveLater(transport: Transport, vhost: Vhost, admitted: Admitted, serve: Serve): void {
    this.#home.loop.run(() => serve(transport, vhost, admitted));
  }

  #secure(
    security: TransportSecurity,
    transport: Transport,
    vhost: Vhost,
    admitted: Admitted,
    serve: Serve,
  ): void {
    const { loop } = this.#home;
    this.#handshakes.begin(transport, vhost, security, (result) => {
      const name = 'code' in result ? undefined : result.security?.serverName;
      if ('code' in result) this.#failed(result, transport, vhost, admitted, 'ssl-accept');
      else
        loop.run(() =>
          attempt('serving a secured connection', () =>
            serve(result, name === undefined ? vhost : vhost.sibling(name), admitted),
          ),
        );
    });
  }

  /** A handshake came to nothing: there was no connection yet. */
  #failed(
    error: CodedError,
    { peer }: Transport,
    vhost: Vhost,
    { ticket }: Admitted,
    reason: TimeoutReason,
  ): void {
    attempt('release of an admission', () => ticket?.release());
    if (error.code === coreErrors.LWS_ERR_CONTEXT_CLOSED.code) return;
    const timedOut = error.code === coreErrors.LWS_ERR_TIMEOUT.code;
    this.turnAway(error, peer, vhost, timedOut ? reason : undefined);
  }
}

/** It says first who it is that stands behind a proxy. */
function readsPeer({ readPeer }: Admission): boolean {
  return readPeer !== undefined;
}
