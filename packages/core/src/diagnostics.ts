/**
 * The diagnostics channels of lws-ts. Core alone publishes on them; an event is made only when somebody
 * subscribes, fresh each time.
 */
import { type Channel, channel } from 'node:diagnostics_channel';
import type { WsiView } from '@lws-ts/interface';

/** What is published on every `lws:…` channel. */
export interface DiagnosticsEvent {
  readonly wsi: WsiView;
  /** The vhost's name. */
  readonly vhost: string;
  readonly protocol?: string;
  /** On `lws:rx` and `lws:tx`: how many bytes the transport gave or took. */
  readonly bytes?: number;
  /** On `lws:error`, and on `lws:closed` of a connection that did not end in order. */
  readonly error?: unknown;
}

/** A connection was accepted or adopted. */
export const acceptChannel: Channel = channel('lws:accept');
/** A connection was bound to its protocol. */
export const establishedChannel: Channel = channel('lws:established');
/** Bytes came in. */
export const rxChannel: Channel = channel('lws:rx');
/** Bytes went out. */
export const txChannel: Channel = channel('lws:tx');
/** A connection is over. */
export const closedChannel: Channel = channel('lws:closed');
/** A peer broke a rule, or a handler threw. */
export const errorChannel: Channel = channel('lws:error');
