/** What scripts do, and what a peer hears of it: one row each, run by `cgi.test.ts`. */
import { existsSync } from 'node:fs';
import { missing } from '../missing.ts';
import type { CgiRequest } from './cgi-client.ts';

const python = '/usr/bin/python3';

/** Why no script in Python can be run; undefined: one can. */
export const noPython = existsSync(python) ? undefined : missing(`no ${python}`);

export interface CgiCase {
  readonly name: string;
  readonly script: string;
  /** Of its file; null: there is none. */
  readonly mode?: number | null;
  readonly members?: Readonly<Record<string, unknown>>;
  readonly request?: CgiRequest;
  readonly status: number;
  readonly body?: string | RegExp;
  /** In the head, in lower case. */
  readonly head?: RegExp;
  /** Default: yes. Else the peer is reset, and may have heard less of it, or nothing. */
  readonly whole?: boolean;
  /** Counted once, and no other; a line of the log says it. */
  readonly code?: string;
  /** In a line of the log. */
  readonly logged?: RegExp;
}

const sh = (...lines: readonly string[]): string => `#!/bin/sh\n${lines.join('\n')}\n`;
const py = (...lines: readonly string[]): string => `#!${python} -IS\n${lines.join('\n')}\n`;
const plain = `printf 'Content-Type: text/plain\\n\\n'`;
const pyPlain = 'print("Content-Type: text/plain\\n", flush=True)';
const badHead = 'LWS_ERR_MOUNT_CGI_HEAD';
const cut = 'LWS_ERR_MOUNT_CGI_CUT';
const late = 'LWS_ERR_MOUNT_CGI_TIMEOUT';
const large = 'x'.repeat(4_000_000);
const post = (body: string, more: Partial<CgiRequest> = {}): CgiRequest => ({
  method: 'POST',
  body,
  ...more,
});
const status = (line: string): Pick<CgiCase, 'script' | 'status' | 'code'> => ({
  script: sh(`printf 'Status: ${line}\\nContent-Type: text/plain\\n\\nbody'`),
  status: 502,
  code: badHead,
});

export const cgiCases: readonly CgiCase[] = [
  // ---- what a script is told
  {
    name: 'the names of the environment',
    script: py(
      'import os',
      pyPlain,
      // what Python itself sets in a plain locale
      'print(" ".join(sorted(name for name in os.environ if name not in ("LC_CTYPE", "LWS_CASE"))))',
    ),
    request: { below: '/a?b' },
    status: 200,
    body: 'GATEWAY_INTERFACE HTTP_HOST PATH PATH_INFO QUERY_STRING REMOTE_ADDR REMOTE_HOST REQUEST_METHOD REQUEST_URI SCRIPT_NAME SERVER_NAME SERVER_PORT SERVER_PROTOCOL SERVER_SOFTWARE\n',
  },
  {
    name: 'spaces, percent signs and UTF-8 of a path, decoded once',
    script: sh(plain, 'printf %s "$PATH_INFO"'),
    request: { below: '/a%20b/100%25/%2541/%c3%a9' },
    status: 200,
    body: '/a b/100%/%41/\xc3\xa9',
  },
  {
    name: 'no PATH_INFO where there is none',
    script: sh(plain, 'printf %s "$PATH_INFO"', 'env | grep -c ^PATH_INFO || :'),
    status: 200,
    body: '0\n',
  },
  {
    name: 'a query as it was sent, and an empty one',
    script: sh(plain, 'printf "%s" "[$QUERY_STRING]"'),
    request: { below: '?a=%20+b&c=$(id)`id`;id' },
    status: 200,
    body: '[a=%20+b&c=$(id)`id`;id]',
  },
  {
    name: 'who asks, and whom',
    script: sh(plain, 'printf "%s" "$REMOTE_ADDR $SERVER_NAME $SERVER_PROTOCOL $SCRIPT_NAME"'),
    status: 200,
    body: /^127\.0\.0\.1 a\.example HTTP\/1\.1 \/\d+$/,
  },
  {
    name: 'fields, but none that could be taken for another or for a proxy',
    script: sh(plain, 'env | grep ^HTTP_ | sort'),
    request: { fields: 'X-One: 1\r\nX_One: 2\r\nProxy: http://evil.example\r\nX-One: 3\r\n' },
    status: 200,
    body: 'HTTP_HOST=a.example\nHTTP_X_ONE=1, 3\n',
  },
  {
    name: 'cgienv, in place of what RFC 3875 has too',
    script: sh(plain, 'printf %s "$OWN $SERVER_SOFTWARE"'),
    members: { cgienv: { OWN: 'a b', SERVER_SOFTWARE: 'mine' } },
    status: 200,
    body: 'a b mine',
  },
  { name: 'its directory', script: sh(plain, 'pwd'), status: 200, body: /\/\d+\n$/ },
  {
    name: 'cgiWd',
    script: sh(plain, 'pwd'),
    members: { cgiWd: '/' },
    status: 200,
    body: '/\n',
  },
  {
    name: 'no argument',
    script: sh(plain, 'printf %s "$#"'),
    request: { below: '?-s+-d' },
    status: 200,
    body: '0',
  },
  {
    name: 'no descriptor but stdin, stdout and stderr',
    script: py(
      'import os',
      pyPlain,
      'def open_now(fd):',
      '  try: return os.fstat(fd) is not None',
      '  except OSError: return False',
      'print([fd for fd in range(1024) if open_now(fd)])',
    ),
    status: 200,
    body: '[0, 1, 2]\n',
  },
  {
    name: 'a session of its own',
    script: py(
      'import os',
      pyPlain,
      'print(os.getpid() == os.getpgid(0) == os.getsid(0), os.isatty(0))',
    ),
    status: 200,
    body: 'True False\n',
  },

  // ---- bodies of requests
  {
    name: 'a body with a length',
    script: py(
      'import os, sys',
      pyPlain,
      'print(sys.stdin.read(int(os.environ["CONTENT_LENGTH"])), os.environ["CONTENT_TYPE"])',
    ),
    request: post('a=1', { fields: 'Content-Type: text/x\r\n' }),
    status: 200,
    body: 'a=1 text/x\n',
  },
  {
    name: 'a body without a length',
    script: sh(plain, 'printf "%s:" "$CONTENT_LENGTH"', 'cat'),
    request: post('hello', { chunked: true }),
    status: 200,
    body: '5:hello',
  },
  {
    name: 'too long a body without a length',
    script: sh(plain),
    members: { maxChunkedBody: 4 },
    request: post('hello', { chunked: true }),
    status: 411,
    code: 'LWS_ERR_MOUNT_CGI_LENGTH',
  },
  {
    name: 'an empty body',
    script: sh(plain, 'printf "%s:" "$CONTENT_LENGTH"', 'cat'),
    request: post(''),
    status: 200,
    body: '0:',
  },
  {
    name: 'a body that is asked for by 100 Continue',
    script: sh(plain, 'cat'),
    request: post('hello', { fields: 'Expect: 100-continue\r\n' }),
    status: 200,
    body: 'hello',
  },
  {
    name: '4 MB in, and back',
    script: sh(plain, 'exec cat'),
    request: post(large),
    status: 200,
    body: large,
  },
  {
    name: '4 MB in, and only then an answer',
    script: py(
      'import hashlib, sys',
      'digest = hashlib.sha256(sys.stdin.buffer.read()).hexdigest()',
      pyPlain,
      'print(digest)',
    ),
    request: post(large),
    status: 200,
    body: /^[0-9a-f]{64}\n$/,
  },
  {
    name: '4 MB in that nobody reads',
    script: sh(plain, 'echo unread'),
    request: post(large),
    status: 200,
    body: 'unread\n',
  },
  {
    name: '4 MB in, of which the first line is read',
    script: sh('head -c 5 >/dev/null', plain, 'echo enough'),
    request: post(large),
    status: 200,
    body: 'enough\n',
  },
  {
    name: 'stdin closed at once, and an answer a moment later',
    script: sh('exec <&-', 'sleep 0.2', plain, 'echo closed'),
    request: post(large),
    status: 200,
    body: 'closed\n',
  },

  // ---- how scripts end
  {
    name: 'exit 0 behind nothing but a head',
    script: sh(plain, 'exit 0'),
    status: 200,
    body: '',
  },
  { name: 'exit 255', script: sh(plain, 'echo all', 'exit 255'), status: 200, body: 'all\n' },
  { name: 'exit 1 before the head', script: sh('exit 1'), status: 502, code: badHead },
  { name: 'SIGKILL before the head', script: sh('kill -9 $$'), status: 502, code: badHead },
  {
    name: 'SIGSEGV in the body',
    script: sh(plain, 'echo some', 'kill -SEGV $$'),
    status: 200,
    body: 'some\n',
    whole: false,
    code: cut,
  },
  {
    name: 'stdout closed, and a life after that',
    script: sh(plain, 'echo all', 'exec >&-', 'sleep 60'),
    status: 200,
    body: 'all\n',
  },
  {
    name: 'a child that has stdout, and ends later',
    script: sh(plain, '(sleep 0.3; echo child) &', 'echo parent'),
    status: 200,
    body: 'parent\nchild\n',
  },
  {
    name: 'children that are left behind',
    script: sh(plain, 'for i in 1 2 3; do sleep 60 >/dev/null 2>&1 </dev/null & done', 'echo left'),
    status: 200,
    body: 'left\n',
  },
  {
    name: 'a double fork',
    script: sh(plain, '( ( exec sleep 60 >/dev/null 2>&1 </dev/null ) & )', 'echo twice'),
    status: 200,
    body: 'twice\n',
  },
  {
    name: 'a child with a session of its own, which is its own master',
    script: py(
      'import os, time',
      'if os.fork() == 0:',
      '  os.setsid(); os.closerange(0, 3); time.sleep(1); os._exit(0)',
      pyPlain,
      'print("free")',
    ),
    status: 200,
    body: 'free\n',
  },
  {
    name: 'SIGTERM ignored, SIGPIPE too',
    script: sh(`trap '' TERM PIPE`, plain, 'echo stubborn', 'exec >&-', 'sleep 60', 'sleep 60'),
    status: 200,
    body: 'stubborn\n',
  },
  {
    name: 'silence',
    script: sh('sleep 60'),
    members: { cgiTimeout: 0.3 },
    status: 504,
    code: late,
  },
  {
    name: 'silence of one that ignores SIGTERM',
    script: sh(`trap '' TERM`, 'sleep 60', 'sleep 60'),
    members: { cgiTimeout: 0.3 },
    status: 504,
    code: late,
  },
  {
    name: 'silence in the body',
    script: sh(plain, 'echo some', 'sleep 60'),
    members: { cgiTimeout: 0.3 },
    status: 200,
    body: 'some\n',
    whole: false,
    code: late,
  },
  {
    name: 'no end, to the deadline',
    script: sh(plain, 'while :; do echo more; sleep 0.05; done'),
    members: { cgiDeadlineSecs: 0.5 },
    status: 200,
    body: /^(?:more\n)+$/,
    whole: false,
    code: late,
  },

  // ---- stderr
  {
    name: 'nothing but stderr',
    script: sh('echo "it went wrong" >&2'),
    status: 502,
    code: badHead,
    logged: /cgi \/\d+: it went wrong/,
  },
  {
    name: 'a flood of stderr',
    script: sh(
      plain,
      'head -c 8000000 /dev/zero | tr "\\0" "\\n" >&2',
      'yes 2>&1 | head -c 8000000 >&2',
      'echo flooded',
    ),
    status: 200,
    body: 'flooded\n',
  },

  // ---- heads
  { name: 'no output', script: sh(':'), status: 502, code: badHead },
  { name: 'a body and no head', script: sh('echo hello'), status: 502, code: badHead },
  {
    name: 'a head without an end',
    script: sh(`printf 'Content-Type: text/plain\\n'`),
    status: 502,
    code: badHead,
  },
  {
    name: 'a head of 16 KiB',
    // with "Status: 200", "X: " and three line ends
    script: sh(`printf 'Status: 200\\nX: %0${16_384 - 12 - 3 - 2}d\\n\\nfits' 0`),
    status: 200,
    body: 'fits',
  },
  {
    name: 'a head of 16 KiB and a byte',
    script: sh(`printf 'Status: 200\\nX: %0${16_384 - 12 - 3 - 1}d\\n\\n' 0`),
    status: 502,
    code: badHead,
  },
  {
    name: 'a head without an end, and without a line end',
    script: sh('exec yes | tr -d "\\n"'),
    status: 502,
    code: badHead,
  },
  { name: 'Status: 99', ...status('99 x') },
  { name: 'Status: 100', ...status('100 Continue') },
  { name: 'Status: 600', ...status('600 x') },
  { name: 'Status: 2000', ...status('2000') },
  { name: 'Status: OK', ...status('OK') },
  { name: 'Status twice', ...status('200 OK\\nStatus: 404') },
  {
    name: 'a status without a phrase',
    script: sh(`printf 'Status: 418\\n\\nteapot'`),
    status: 418,
    body: 'teapot',
  },
  {
    name: 'the head of a script that thinks it is nph-',
    script: sh(`printf 'HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\n\\r\\nbody'`),
    status: 502,
    code: badHead,
  },
  {
    name: 'Transfer-Encoding',
    script: sh(`printf 'Content-Type: a/b\\nTransfer-Encoding: chunked\\n\\n0\\r\\n\\r\\n'`),
    status: 502,
    code: badHead,
  },
  {
    name: 'Connection and Keep-Alive',
    script: sh(`printf 'Content-Type: a/b\\nConnection: keep-alive, x\\nKeep-Alive: 9\\n\\nok'`),
    status: 200,
    head: /^(?!.*keep-alive)/s,
    body: 'ok',
  },
  {
    name: 'Date, which is then said once',
    script: sh(`printf 'Content-Type: a/b\\nDate: Thu, 01 Jan 1970 00:00:00 GMT\\n\\nok'`),
    status: 200,
    head: /^(?=.*\r\ndate: thu, 01 jan 1970)(?!.*\r\ndate: .*\r\ndate: )/s,
    body: 'ok',
  },
  {
    name: 'a carriage return that splits a field',
    script: sh(`printf 'Content-Type: a/b\\nX: a\\rSet-Cookie: b=c\\n\\n'`),
    status: 502,
    code: badHead,
  },
  {
    name: 'lines that end in CR LF',
    script: sh(`printf 'Content-Type: a/b\\r\\nX-Own: 1\\r\\n\\r\\nok'`),
    status: 200,
    head: /\r\nx-own: 1\r\n/,
    body: 'ok',
  },

  // ---- places
  {
    name: 'Location of another host',
    script: sh(`printf 'Location: https://other.example/x\\n\\n'`),
    status: 302,
    head: /\r\nlocation: https:\/\/other\.example\/x\r\n/,
  },
  {
    name: 'Location of this server',
    script: sh(
      'case "$PATH_INFO" in',
      `/end) ${plain}; echo "end of $REQUEST_METHOD" ;;`,
      `*) printf "Location: $SCRIPT_NAME/end\\n\\n" ;;`,
      'esac',
    ),
    request: post('x'),
    status: 200,
    body: 'end of GET\n',
  },
  {
    name: 'Location in a circle',
    script: sh('printf "Location: $SCRIPT_NAME\\n\\n"'),
    status: 508,
    code: 'LWS_ERR_MOUNT_CGI_REDIRECTS',
  },
  {
    name: 'a relative Location',
    script: sh(`printf 'Location: elsewhere\\n\\n'`),
    status: 502,
    code: badHead,
  },

  // ---- bodies of answers
  {
    name: 'a body shorter than its length',
    script: sh(`printf 'Content-Type: a/b\\nContent-Length: 9\\n\\nshort'`),
    status: 200,
    whole: false,
    code: cut,
  },
  {
    name: 'a body longer than its length',
    script: sh(`printf 'Content-Type: a/b\\nContent-Length: 3\\n\\nlonger'`),
    status: 502,
    code: cut,
  },
  {
    name: 'a body longer than its length, later',
    script: sh(
      `printf 'Content-Type: a/b\\nContent-Length: 3\\n\\nlo'`,
      'sleep 0.3',
      'printf nger',
    ),
    status: 200,
    body: 'lo',
    whole: false,
    code: cut,
  },
  {
    name: 'a body as long as its length',
    script: sh(`printf 'Content-Type: a/b\\nContent-Length: 5\\n\\nexact'`),
    status: 200,
    head: /\r\ncontent-length: 5\r\n/,
    body: 'exact',
  },
  {
    name: 'every byte there is, a thousand times',
    script: py(
      'import sys',
      'sys.stdout.buffer.write(b"Content-Type: application/octet-stream\\n\\n" + bytes(range(256)) * 1000)',
    ),
    status: 200,
    body: String.fromCharCode(...Array.from({ length: 256 }, (_, at) => at)).repeat(1000),
  },
  {
    name: 'a byte at a time',
    script: py(
      'import sys, time',
      'for byte in b"Content-Type: a/b\\n\\nslowly":',
      '  sys.stdout.buffer.write(bytes([byte])); sys.stdout.buffer.flush(); time.sleep(0.02)',
    ),
    members: { cgiTimeout: 5 },
    status: 200,
    body: 'slowly',
  },
  {
    name: 'HEAD, and a body all the same',
    script: sh(plain, 'echo body'),
    request: { method: 'HEAD' },
    status: 200,
    body: '',
  },
  {
    name: '204 with a body',
    script: sh(`printf 'Status: 204\\n\\nbody'`),
    status: 204,
    body: '',
  },
  {
    name: '304 with a body',
    script: sh(`printf 'Status: 304\\nETag: "a"\\n\\nbody'`),
    status: 304,
    head: /\r\netag: "a"\r\n/,
    body: '',
  },
  {
    name: 'a body for HTTP/1.0, to the end of the connection',
    script: sh(plain, 'echo old'),
    request: { version: '1.0' },
    status: 200,
    head: /^(?!.*transfer-encoding)/s,
    body: 'old\n',
  },

  // ---- programs
  {
    name: 'a program that is not there',
    script: '',
    mode: null,
    status: 404,
    code: 'LWS_ERR_MOUNT_CGI_ABSENT',
  },
  {
    name: 'a program without permission',
    script: sh(plain),
    mode: 0o644,
    status: 500,
    code: 'LWS_ERR_MOUNT_CGI_START',
  },
  {
    name: 'a program without its interpreter',
    script: '#!/no/such/interpreter\n',
    status: 500,
    code: 'LWS_ERR_MOUNT_CGI_START',
  },
  {
    name: 'a directory that is not there',
    script: sh(plain),
    members: { cgiWd: '/no/such/directory' },
    status: 500,
    code: 'LWS_ERR_MOUNT_CGI_START',
  },
];
