import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root, script } from './repository.ts';

const { tableRows } = await script<{
  readonly tableRows: (markdown: string) => readonly (readonly string[])[];
}>('doc-tables.mjs');

/** enum lws_callback_reasons of lws 2.4.2, in its order; USER stands for 1000 and more. */
const reasons =
  `ESTABLISHED CLIENT_CONNECTION_ERROR CLIENT_FILTER_PRE_ESTABLISH CLIENT_ESTABLISHED CLOSED
  CLOSED_HTTP RECEIVE RECEIVE_PONG CLIENT_RECEIVE CLIENT_RECEIVE_PONG CLIENT_WRITEABLE SERVER_WRITEABLE HTTP
  HTTP_BODY HTTP_BODY_COMPLETION HTTP_FILE_COMPLETION HTTP_WRITEABLE FILTER_NETWORK_CONNECTION
  FILTER_HTTP_CONNECTION SERVER_NEW_CLIENT_INSTANTIATED FILTER_PROTOCOL_CONNECTION
  OPENSSL_LOAD_EXTRA_CLIENT_VERIFY_CERTS OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS
  OPENSSL_PERFORM_CLIENT_CERT_VERIFICATION CLIENT_APPEND_HANDSHAKE_HEADER CONFIRM_EXTENSION_OKAY
  CLIENT_CONFIRM_EXTENSION_SUPPORTED PROTOCOL_INIT PROTOCOL_DESTROY WSI_CREATE WSI_DESTROY GET_THREAD_ID
  ADD_POLL_FD DEL_POLL_FD CHANGE_MODE_POLL_FD LOCK_POLL UNLOCK_POLL OPENSSL_CONTEXT_REQUIRES_PRIVATE_KEY
  WS_PEER_INITIATED_CLOSE WS_EXT_DEFAULTS CGI CGI_TERMINATED CGI_STDIN_DATA CGI_STDIN_COMPLETED
  ESTABLISHED_CLIENT_HTTP CLOSED_CLIENT_HTTP RECEIVE_CLIENT_HTTP COMPLETED_CLIENT_HTTP
  RECEIVE_CLIENT_HTTP_READ HTTP_BIND_PROTOCOL HTTP_DROP_PROTOCOL CHECK_ACCESS_RIGHTS PROCESS_HTML ADD_HEADERS
  SESSION_INFO GS_EVENT HTTP_PMO CLIENT_HTTP_WRITEABLE OPENSSL_PERFORM_SERVER_CERT_VERIFICATION RAW_RX
  RAW_CLOSE RAW_WRITEABLE RAW_ADOPT RAW_ADOPT_FILE RAW_RX_FILE RAW_WRITEABLE_FILE RAW_CLOSE_FILE SSL_INFO
  CHILD_WRITE_VIA_PARENT CHILD_CLOSING CGI_PROCESS_ATTACH TIMER USER`.split(/\s+/);

/** The headings of "Notes about coding with lws", in their order. */
const sections = [
  'Old lws and lws v2.0',
  'Daemonization',
  'Maximum number of connections',
  'optional LWS_WITH_PEER_LIMITS',
  'Libwebsockets is singlethreaded',
  'Only send data when socket writeable',
  'Do not rely on only your own WRITEABLE requests appearing',
  'Closing connections from the user side',
  'Serving from inside a zip file',
  'Fragmented messages',
  'Debug Logging',
  'External Polling Loop support',
  'Using with in c++ apps',
  'Availability of header information',
  'TCP Keepalive',
  'Optimizing SSL connections',
  'Passing your own cert information direct to SSL_CTX',
  'Async nature of client connections',
  'Lws platform-independent file access apis',
  'Changes from v2.1 and before fops',
  'RAW file descriptor polling',
  'RAW server socket descriptor polling',
  'RAW client socket descriptor polling',
  'ECDH Support',
  'SSL info callbacks',
  'SMP / Multithreaded service',
  'Libev / Libuv support',
  'Extension option control from user code',
  'Client connections as HTTP[S] rather than WS[S]',
  'Using lws vhosts',
  'How lws matches hostname or SNI to a vhost',
  'Using lws mounts on a vhost',
  'Operation of LWSMPRO_CALLBACK mounts',
  'SO_BIND_TO_DEVICE',
  'Dimming webpage when connection lost',
];

const page = readFileSync(join(root, 'docs/from-lws.md'), 'utf8');
const part = (heading: string): readonly (readonly string[])[] => {
  const start = page.indexOf(`\n## ${heading}\n`);
  const end = page.indexOf('\n## ', start + 1);
  return tableRows(page.slice(start, end < 0 ? undefined : end));
};
const unquoted = (text = ''): string => text.replace(/[`\\]/g, '');

describe('docs/from-lws.md', () => {
  test('has every section of the notes, in order', () => {
    expect(part('Sections of the notes').map(([section]) => unquoted(section))).toEqual(sections);
  });

  test('has every callback reason, in order', () => {
    expect(part('Callback reasons').map(([reason]) => unquoted(reason))).toEqual(reasons);
  });

  test.each([
    ...part('Sections of the notes'),
    ...part('Callback reasons'),
    ...part('Fields of `struct lws_client_connect_info`'),
  ])('%s', (_name, here = '', status = '', proof = '') => {
    expect(['now', 'in part', 'later', 'not needed']).toContain(status);
    // what is not there yet claims nothing
    const claims = status === 'now' || status === 'in part';
    expect(here !== '', 'says what it is here').toBe(status !== 'later');
    expect(proof !== '', 'names its proof').toBe(claims);
    const [, name = '', path = ''] = /^(.+) \(\[[^\]]+\]\(\.\.\/([^)]+)\)\)$/.exec(proof) ?? [];
    const file = join(root, path);
    const text = claims && existsSync(file) ? readFileSync(file, 'utf8') : '';
    expect(!claims || (name !== '' && text.includes(unquoted(name))), `"${name}" in ${path}`).toBe(
      true,
    );
  });
});
