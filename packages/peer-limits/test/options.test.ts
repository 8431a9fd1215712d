import { createContext } from '@lws-ts/core';
import { http } from '@lws-ts/http';
import { describe, expect, test } from 'vitest';
import { AddressList } from '../src/address-list.ts';
import { type PeerLimitsOptions, peerLimits } from '../src/index.ts';
import { parseAddress } from '../src/ip-address.ts';

describe('a list of addresses', () => {
  test.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.1.2.0/23', '10.1.3.255', true],
    ['10.1.2.0/23', '10.1.4.0', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '::ffff:10.1.2.3', true],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '203.0.113.9', true],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['::1', '::1', true],
  ])('%s has %s: %s', (block, address, expected) => {
    const list = new AddressList([block], 'list');
    expect(list.has(parseAddress(address) as Uint8Array)).toBe(expected);
  });
});

describe('wrong options are refused before anything is opened', () => {
  test.each([
    [{ ipLimitWsi: -1 }, 'ipLimitWsi'],
    [{ ipLimitAh: 1.5 }, 'ipLimitAh'],
    [{ ipLimitIpv6Prefix: 0 }, 'ipLimitIpv6Prefix'],
    [{ ipLimitIpv6Prefix: 129 }, 'ipLimitIpv6Prefix'],
    [{ ipLimitMaxPeers: 15 }, 'ipLimitMaxPeers'],
    [{ ipLimitExempt: '127.0.0.1' as never }, 'ipLimitExempt'],
    [{ ipLimitExempt: [1] as never }, 'ipLimitExempt'],
    [{ ipLimitExempt: ['localhost'] }, 'localhost'],
    [{ ipLimitExempt: ['10.0.0.0/33'] }, '10.0.0.0/33'],
    [{ ipLimitExempt: ['10.0.0.0/'] }, '10.0.0.0/'],
    [{ ipLimitExempt: ['10.0.0.0/8/8'] }, '10.0.0.0/8/8'],
    [{ ipLimitExempt: ['10.0.0.1/8'] }, 'after the prefix'],
    [{ ipLimitExempt: ['2001:db8::1/64'] }, 'after the prefix'],
    [{ ipLimitNotify: 'me' as never }, 'ipLimitNotify'],
    [{ ipConnectionsPerSec: -0.1 }, 'ipConnectionsPerSec'],
    [{ ipConnectionsBurst: 0.5 }, 'ipConnectionsBurst'],
    [{ ipRequestsPerSec: Number.NaN }, 'ipRequestsPerSec'],
    [{ ipRequestsBurst: -1 }, 'ipRequestsBurst'],
    [{ ipWsMessagesPerSec: '5' as never }, 'ipWsMessagesPerSec'],
    [{ ipWsMessagesBurst: -1 }, 'ipWsMessagesBurst'],
    [{ ipWsBytesPerSec: 0.5 }, 'ipWsBytesPerSec'],
    [{ ipWsBytesBurst: -1 }, 'ipWsBytesBurst'],
    [{ ipConnectionsBurst: 1 }, 'ipConnectionsBurst means nothing without ipConnectionsPerSec'],
    [{ ipRequestsBurst: 9, ipLimitWsi: 5 }, 'ipRequestsBurst means nothing without'],
    [{ ipWsMessagesBurst: 1, ipRequestsPerSec: 5 }, 'ipWsMessagesBurst means nothing without'],
    [{ ipWsBytesBurst: 1, ipWsBytesPerSec: 0 }, 'ipWsBytesBurst means nothing without'],
    [{ trustedProxies: ['proxy.example'], proxyProtocol: true }, 'proxy.example'],
    [{ trustedProxies: 'unix' as never, proxyProtocol: true }, 'trustedProxies'],
    [{ trustedProxies: ['unix'] }, 'nothing would be read'],
    [{ proxyProtocol: true }, 'nobody would be believed'],
    [{ forwardedBy: 'forwarded' }, 'nobody would be believed'],
    [{ forwardedBy: 'x-real-ip' as never }, 'forwardedBy'],
    [{ proxyHeaderTimeoutSecs: 0 }, 'proxyHeaderTimeoutSecs'],
  ] satisfies [PeerLimitsOptions, string][])('%o', async (options, named) => {
    const made = createContext({ use: [peerLimits(), http()], port: -1, ...options });
    await expect(made).rejects.toMatchObject({
      code: 'LWS_ERR_OPTION',
      message: expect.stringContaining(named),
    });
  });
});
