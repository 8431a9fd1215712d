import type { AdmissionTicket, HttpRequest, PeerAddress, Transport } from '@lws-ts/interface';
import { expect, test } from 'vitest';
import { freeTicket } from '../src/peer-ticket.ts';
import { ProxyTicket } from '../src/proxy-ticket.ts';
import { readTrustedProxies } from '../src/trusted-proxies.ts';

const proxy: PeerAddress = { address: '10.0.0.1', port: 1, family: 'ipv4' };

/** A request that a proxy passes on for `client`. */
const requestOf = (client: string): HttpRequest =>
  ({
    field: () => client,
    each: (visit: (name: string, value: string) => void) => visit('X-Forwarded-For', client),
  }) as Partial<HttpRequest> as HttpRequest;

test('each request of a proxy gives back what the one before had, told to end or not', () => {
  const events: string[] = [];
  const limits = {
    proxies: readTrustedProxies(['10.0.0.0/8'], 'trustedProxies'),
    forwardedBy: 'x-forwarded-for' as const,
    admitRequest({ address }: PeerAddress): AdmissionTicket {
      events.push(`admit ${address}`);
      return { ...freeTicket, release: () => void events.push(`release ${address}`) };
    },
  };
  const ticket = new ProxyTicket(limits, proxy);
  const transport = {} as Transport;
  ticket.beginRequest(requestOf('192.0.2.7'), transport);
  ticket.beginRequest(requestOf('192.0.2.8'), transport);
  ticket.endRequest();
  ticket.endRequest();
  ticket.beginRequest(requestOf('192.0.2.9'), transport);
  ticket.release();
  expect(events).toEqual([
    'admit 192.0.2.7',
    'release 192.0.2.7',
    'admit 192.0.2.8',
    'release 192.0.2.8',
    'admit 192.0.2.9',
    'release 192.0.2.9',
  ]);
});
