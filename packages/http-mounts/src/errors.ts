import { type ErrorTable, errorTable } from '@lws-ts/interface';

/** What mounts refuse or fail with; `status` is what the answer says for it. */
export const mountErrors: ErrorTable<
  | 'LWS_ERR_MOUNT_ACCESS'
  | 'LWS_ERR_MOUNT_CGI_ABSENT'
  | 'LWS_ERR_MOUNT_CGI_BUSY'
  | 'LWS_ERR_MOUNT_CGI_CUT'
  | 'LWS_ERR_MOUNT_CGI_ENVIRONMENT'
  | 'LWS_ERR_MOUNT_CGI_HEAD'
  | 'LWS_ERR_MOUNT_CGI_LENGTH'
  | 'LWS_ERR_MOUNT_CGI_PEER'
  | 'LWS_ERR_MOUNT_CGI_REDIRECTS'
  | 'LWS_ERR_MOUNT_CGI_START'
  | 'LWS_ERR_MOUNT_CGI_TIMEOUT'
  | 'LWS_ERR_MOUNT_CGI_TOTAL'
  | 'LWS_ERR_MOUNT_CUT'
  | 'LWS_ERR_MOUNT_DOT_FILE'
  | 'LWS_ERR_MOUNT_FOPS'
  | 'LWS_ERR_MOUNT_LOGIN'
  | 'LWS_ERR_MOUNT_LOGIN_ABSENT'
  | 'LWS_ERR_MOUNT_LOGIN_FILE'
  | 'LWS_ERR_MOUNT_LOGIN_LIMIT'
  | 'LWS_ERR_MOUNT_LOGIN_SECRET'
  | 'LWS_ERR_MOUNT_METHOD'
  | 'LWS_ERR_MOUNT_MIMETYPE'
  | 'LWS_ERR_MOUNT_NO_HANDLER'
  | 'LWS_ERR_MOUNT_ORIGIN'
  | 'LWS_ERR_MOUNT_ORIGIN_KIND'
  | 'LWS_ERR_MOUNT_PATH'
  | 'LWS_ERR_MOUNT_PROTOCOL'
  | 'LWS_ERR_MOUNT_PROXY_HANDSHAKE'
  | 'LWS_ERR_MOUNT_PROXY_IDLE'
  | 'LWS_ERR_MOUNT_PROXY_LOOP'
  | 'LWS_ERR_MOUNT_PROXY_NOMINATED'
  | 'LWS_ERR_MOUNT_RANGE'
  | 'LWS_ERR_MOUNT_SUFFIX'
  | 'LWS_ERR_MOUNT_TRUNCATED'
  | 'LWS_ERR_MOUNT_TWICE'
  | 'LWS_ERR_MOUNT_UNANSWERED'
  | 'LWS_ERR_MOUNT_UPSTREAM'
  | 'LWS_ERR_MOUNT_UPSTREAM_TIMEOUT'
> = errorTable({
  LWS_ERR_MOUNT_ACCESS: {
    message: 'the protocol of the mount refused the request',
    hint: 'Its filterHttpConnection, checkAccessRights or confirmUpgrade said no.',
    status: 403,
  },
  LWS_ERR_MOUNT_CGI_ABSENT: {
    message: 'the script of the mount does not exist',
    hint: 'Check that the origin of the mount names a file.',
    status: 404,
  },
  LWS_ERR_MOUNT_CGI_BUSY: {
    message: 'the mount runs as many scripts as it may, or as the system has room for',
    hint: 'Raise maxScripts of the mount or the limit of descriptors (fdLimitPerThread), or check scripts that take long.',
    status: 503,
  },
  LWS_ERR_MOUNT_CGI_CUT: {
    message: 'the script of the mount did not end its answer properly',
    hint: 'A signal ended it, or its Content-Length does not match its body.',
    status: 502,
  },
  LWS_ERR_MOUNT_CGI_ENVIRONMENT: {
    message: 'the environment for a script would be larger than 64 KiB',
    hint: 'Send less in header fields and query, or check cgienv of the mount.',
    status: 431,
  },
  LWS_ERR_MOUNT_CGI_HEAD: {
    message: 'the script of the mount gave no header block as RFC 3875 requires',
    hint: 'Print Content-Type, Status or Location first, one per line, then an empty line; 16 KiB at most.',
    status: 502,
  },
  LWS_ERR_MOUNT_CGI_LENGTH: {
    message: 'a body without a length is too large for a script',
    hint: 'Send Content-Length, or raise maxChunkedBody of the mount.',
    status: 411,
  },
  LWS_ERR_MOUNT_CGI_PEER: {
    message: 'the mount runs as many scripts for one peer as it may',
    hint: 'Ask for fewer at a time, or raise maxScriptsPerPeer of the mount where many people share one address.',
    status: 503,
  },
  LWS_ERR_MOUNT_CGI_REDIRECTS: {
    message: 'scripts redirect to one another without an answer',
    hint: 'Check where their Location leads; after five of them no further one is followed.',
    status: 508,
  },
  LWS_ERR_MOUNT_CGI_START: {
    message: 'the script of the mount cannot be run',
    hint: 'Check that it is an executable file, and that its interpreter and cgiWd exist.',
    status: 500,
  },
  LWS_ERR_MOUNT_CGI_TIMEOUT: {
    message: 'the script of the mount did not answer in time',
    hint: 'Check the script, or raise cgiTimeout or cgiDeadlineSecs of the mount.',
    status: 504,
  },
  LWS_ERR_MOUNT_CGI_TOTAL: {
    message: 'all mounts together run as many scripts as they may',
    hint: 'Raise maxScriptsTotal of the context, or check scripts that take long.',
    status: 503,
  },
  LWS_ERR_MOUNT_CUT: {
    message: 'the protocol of the mount closed before its answer was complete',
    hint: 'End the answer with tx.end() before the wsi is closed.',
  },
  LWS_ERR_MOUNT_DOT_FILE: {
    message: 'a dot file was asked for',
    hint: 'Set dotFiles on the mount if such files are meant to be served.',
    status: 404,
  },
  LWS_ERR_MOUNT_FOPS: {
    message: 'file mounts have no file operations to open files with',
    hint: 'Install @lws-ts/vfs and add vfs() to use.',
  },
  LWS_ERR_MOUNT_LOGIN: {
    message: 'name and password are not in the login file of the mount',
    hint: 'Send those on a line of basicAuthLoginFile, as RFC 7617 specifies.',
    status: 401,
  },
  LWS_ERR_MOUNT_LOGIN_ABSENT: {
    message: 'the mount is only for those who log in',
    hint: 'Send a name and password, as RFC 7617 specifies.',
    status: 401,
  },
  LWS_ERR_MOUNT_LOGIN_FILE: {
    message: 'the login file of the mount cannot be read',
    hint: 'Check that basicAuthLoginFile is a file of at most 1 MiB, and that this user may read it: until then nobody is let in.',
    status: 500,
  },
  LWS_ERR_MOUNT_LOGIN_LIMIT: {
    message: 'too many wrong names or passwords',
    hint: 'Wait as long as Retry-After says; loginAttemptsPerMinute of the context says how many an address may send.',
    status: 429,
  },
  LWS_ERR_MOUNT_LOGIN_SECRET: {
    message: 'a login file of the vhost was asked for',
    hint: 'It is never served; better keep it outside the origins of mounts.',
    status: 404,
  },
  LWS_ERR_MOUNT_METHOD: {
    message: 'a method that no mount of the path takes',
    hint: 'Files are for GET and HEAD; send forms and the like to a path of their own.',
    status: 405,
  },
  LWS_ERR_MOUNT_MIMETYPE: {
    message: 'extraMimetypes cannot be used',
    hint: "Give suffixes with their dot, or '*', and media types: { '.md': 'text/markdown', '*': '' }.",
  },
  LWS_ERR_MOUNT_NO_HANDLER: {
    message: 'a protocol that answers no requests was asked',
    hint: 'Mount a protocol that has handlers for http.',
    status: 404,
  },
  LWS_ERR_MOUNT_ORIGIN: {
    message: 'a mount has no origin that can be read',
    hint: "Give 'file://./www' or 'file:///srv/www', 'cgi://./script', 'callback://protocol-name', '>https://example.com', 'http://127.0.0.1:3000/' or 'http://+/run/app.sock'.",
  },
  LWS_ERR_MOUNT_ORIGIN_KIND: {
    message: 'a mount has an origin of a kind that this system does not support',
    hint: 'file://, callback://, http://, https://, >http:// and >https:// work everywhere; cgi:// needs the process groups of POSIX.',
  },
  LWS_ERR_MOUNT_PATH: {
    message: 'a path that is not normalised came to a mount',
    hint: 'Nothing to do: the request was refused.',
    status: 404,
  },
  LWS_ERR_MOUNT_PROTOCOL: {
    message: 'a mount names a protocol that the vhost does not have',
    hint: 'Add the protocol to the protocols of the vhost; one that interprets files needs http.processHtml, one that is notified of scripts a cgi group.',
  },
  LWS_ERR_MOUNT_PROXY_HANDSHAKE: {
    message: 'a WebSocket could not be passed on',
    hint: 'One side broke the handshake of RFC 6455, or the upstream refused it.',
    status: 502,
  },
  LWS_ERR_MOUNT_PROXY_IDLE: {
    message: 'a WebSocket that was passed on was silent for too long',
    hint: 'Let either side ping, or raise wsIdleSecs of the mount.',
  },
  LWS_ERR_MOUNT_PROXY_LOOP: {
    message: 'a request came back to the proxy that had passed it on',
    hint: 'Check that no origin of a proxy mount leads to the mount itself.',
    status: 508,
  },
  LWS_ERR_MOUNT_PROXY_NOMINATED: {
    message: 'a request names a field in Connection that must not be removed',
    hint: 'Nothing to do; a client that asks for that wants to deceive the upstream.',
    status: 400,
  },
  LWS_ERR_MOUNT_UPSTREAM: {
    message: 'the upstream of the mount gave no complete answer',
    hint: 'The log line of its connection, with the same time, says why.',
    status: 502,
  },
  LWS_ERR_MOUNT_UPSTREAM_TIMEOUT: {
    message: 'the upstream of the mount did not answer in time',
    hint: 'Check the upstream, or raise connectTimeoutSecs, responseTimeoutSecs or responseIdleSecs of the mount.',
    status: 504,
  },
  LWS_ERR_MOUNT_RANGE: {
    message: 'a range was asked for that the file does not have',
    hint: 'Content-Range of the answer says how long the file is.',
    status: 416,
  },
  LWS_ERR_MOUNT_SUFFIX: {
    message: 'the file has a suffix without a media type',
    hint: "Name its type in extraMimetypes, or allow every suffix with '*'.",
    status: 404,
  },
  LWS_ERR_MOUNT_TRUNCATED: {
    message: 'the file became shorter while it was being sent',
    hint: 'Replace served files by renaming a new one over them, not by writing into them.',
    status: 500,
  },
  LWS_ERR_MOUNT_TWICE: {
    message: 'two mounts have the same mountpoint',
    hint: 'Give each mount of a vhost a mountpoint of its own, or methods that no other has.',
  },
  LWS_ERR_MOUNT_UNANSWERED: {
    message: 'no handler of the protocol answered, and nothing is pending',
    hint: 'Reply in the handler; to answer later, request writeable, set a timer, or hold() the wsi until then.',
    status: 404,
  },
});
