import type {
  ClientRoleState,
  Clock,
  ConnectCall,
  HttpExchange,
  Role,
  RoleHost,
  UpgradeAnswer,
} from '@lws-ts/interface';
import { AcceptingState } from './accepting-state.ts';
import { judgeHandshake, type RefusedHandshake } from './handshake.ts';
import * as lateConnecting from './late-connecting.ts';

/** Takes or refuses every request that asks for an upgrade to websocket, and asks others for one. */
export class WsRole implements Role {
  readonly name = 'ws';
  readonly schemes = ['ws', 'wss'];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  acceptUpgrade(exchange: HttpExchange): UpgradeAnswer | undefined {
    const { host, request } = exchange;
    const verdict = judgeHandshake(request, host.vhost);
    if (verdict === undefined) return undefined;
    if ('error' in verdict) return refuse(verdict, verdict.error.status);
    const state = new AcceptingState(exchange, this.#clock, verdict);
    const error = state.filter();
    if (error === undefined) return state;
    state.gone();
    return refuse({ error, fields: [], detail: '' }, state.refusedStatus ?? error.status);
  }

  connect(host: RoleHost, call: ConnectCall): ClientRoleState {
    return new lateConnecting.ConnectingState(host, this.#clock, call).transaction;
  }
}

function refuse({ error, fields, detail }: RefusedHandshake, status = 400): UpgradeAnswer {
  return { kind: 'refuse', status, fields, error, detail };
}
