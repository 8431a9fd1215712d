/*
 * visitload: connections that come, shake hands, close by RFC 6455 and go, CONNECTIONS of them at a time.
 *
 *   visitload -p PORT [-c CONNECTIONS] [-W WARMUP] [-N MESSAGES] [--tls]
 *
 * Lets WARMUP connections come and go. Then prints `ready`, waits for a line on stdin, lets exactly MESSAGES come and go,
 * prints one JSON line and waits for the end of stdin. Nothing is open while it waits: what the server spends between the
 * two belongs to MESSAGES connections and to nothing else.
 *
 * With --tls each makes a full handshake of TLS 1.3 with one cipher; certificates are not looked at. The head of each
 * answer, its key and the close frame that comes back are checked. A connection is over when the server has ended it.
 *
 * One thread, epoll, libc and with -DTLS OpenSSL: a client that is slower than the server lets it sleep between two steps
 * of a handshake. Exit status: see common.h.
 */
#include "common.h"
#ifdef TLS
#include <openssl/ssl.h>
#endif

enum { MOST_SEEN = 4096 };
enum phase { HANDSHAKE, HEAD, CLOSING };

struct connection {
  int fd;
  enum phase phase;
  size_t seen; /* bytes in `bytes` */
  char bytes[MOST_SEEN + 1];
#ifdef TLS
  SSL *tls;
#endif
};

static const char close_frame[] = {(char)0x88, (char)0x82, 1, 2, 3, 4, 3 ^ 1, (char)(0xe8 ^ 2)};
static const char close_answer[] = {(char)0x88, 2, 3, (char)0xe8};

static int port, connection_count = 1, with_tls;
static uint64_t warmup, messages;
static struct connection *connections;
static char request[512];
static uint64_t to_open, to_end;

static void open_next(struct connection *connection);

#ifdef TLS
static SSL_CTX *tls_context;

static void start_tls(void) {
  tls_context = SSL_CTX_new(TLS_client_method());
  check(tls_context != NULL, "SSL_CTX_new");
  SSL_CTX_set_min_proto_version(tls_context, TLS1_3_VERSION);
  SSL_CTX_set_ciphersuites(tls_context, "TLS_AES_128_GCM_SHA256");
  SSL_CTX_set_session_cache_mode(tls_context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(tls_context, SSL_OP_IGNORE_UNEXPECTED_EOF);
}

static void begin_tls(struct connection *connection) {
  connection->tls = SSL_new(tls_context);
  check(connection->tls != NULL, "SSL_new");
  SSL_set_fd(connection->tls, connection->fd);
  SSL_set_tlsext_host_name(connection->tls, "localhost");
}

/* What a call came to: 1 done, 0 later. */
static int judged(struct connection *connection, int result, const char *what) {
  if (result > 0) return 1;
  int error = SSL_get_error(connection->tls, result);
  if (error == SSL_ERROR_WANT_READ) return 0;
  fail(EXIT_PEER, "%s: error %d of TLS", what, error);
  return 0;
}
#endif

static void say(struct connection *connection, const char *bytes, size_t length) {
#ifdef TLS
  if (with_tls) {
    if (!judged(connection, SSL_write(connection->tls, bytes, (int)length), "sending"))
      fail(EXIT_PEER, "sending has to wait");
    return;
  }
#endif
  ssize_t n = send(connection->fd, bytes, length, MSG_NOSIGNAL);
  if (n != (ssize_t)length) fail(EXIT_PEER, "sending: %s", strerror(errno));
}

/* Bytes that came; 0: the server ended; -1: later. */
static ssize_t hear(struct connection *connection, char *bytes, size_t most) {
#ifdef TLS
  if (with_tls) {
    int n = SSL_read(connection->tls, bytes, (int)most);
    if (n > 0) return n;
    if (SSL_get_error(connection->tls, n) == SSL_ERROR_ZERO_RETURN) return 0;
    return judged(connection, n, "receiving") - 1;
  }
#endif
  ssize_t n = recv(connection->fd, bytes, most, 0);
  if (n < 0 && errno == EAGAIN) return -1;
  if (n < 0) fail(EXIT_PEER, "receiving: %s", strerror(errno));
  return n;
}

static void begin_head(struct connection *connection) {
  connection->phase = HEAD;
  say(connection, request, strlen(request));
}

/* The handshake of RFC 6455 section 4.1 is over, and nothing stands behind it. */
static void check_head(struct connection *connection, char *end) {
  static const char accept_value[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
  bool good = strncmp(connection->bytes, "HTTP/1.1 101 ", 13) == 0;
  if (!good || !strstr(connection->bytes, accept_value))
    fail(EXIT_PEER, "handshake refused: %.*s", (int)strcspn(connection->bytes, "\r"), connection->bytes);
  if (end + 4 != connection->bytes + connection->seen)
    fail(EXIT_ANSWER, "the server sent something before the close frame");
}

static void end(struct connection *connection) {
  bool closed = connection->phase == CLOSING && connection->seen == sizeof close_answer;
  if (!closed || memcmp(connection->bytes, close_answer, sizeof close_answer) != 0)
    fail(EXIT_ANSWER, "the close frame was not answered");
#ifdef TLS
  if (with_tls) {
    SSL_shutdown(connection->tls);
    SSL_free(connection->tls);
  }
#endif
  close(connection->fd);
  connection->fd = -1;
  to_end--;
  open_next(connection);
}

static void go_on(void *owner) {
  struct connection *connection = owner;
#ifdef TLS
  if (connection->phase == HANDSHAKE) {
    if (!judged(connection, SSL_connect(connection->tls), "handshake")) return;
    if (SSL_session_reused(connection->tls)) fail(EXIT_ANSWER, "a handshake was not a full one");
    begin_head(connection);
  }
#endif
  for (;;) {
    char *at = connection->bytes + connection->seen;
    ssize_t n = hear(connection, at, MOST_SEEN - connection->seen);
    if (n < 0) return;
    if (n == 0) {
      end(connection);
      return;
    }
    connection->seen += (size_t)n;
    if (connection->seen == MOST_SEEN) fail(EXIT_ANSWER, "the server says too much");
    connection->bytes[connection->seen] = 0;
    char *head_end = connection->phase == HEAD ? strstr(connection->bytes, "\r\n\r\n") : NULL;
    if (!head_end) continue;
    check_head(connection, head_end);
    connection->phase = CLOSING;
    connection->seen = 0;
    say(connection, close_frame, sizeof close_frame);
  }
}

static void open_next(struct connection *connection) {
  if (to_open == 0) return;
  to_open--;
  connection->fd = connect_loopback(port);
  connection->seen = 0;
  connection->phase = HANDSHAKE;
  watch_input(connection->fd, connection);
#ifdef TLS
  if (with_tls) {
    begin_tls(connection);
    judged(connection, SSL_connect(connection->tls), "handshake");
    return;
  }
#endif
  begin_head(connection);
}

/* Lets `count` connections come and returns when the last is gone. */
static void visit(uint64_t count) {
  to_open = to_end = count;
  for (int i = 0; i < connection_count; i++) open_next(&connections[i]);
  drive(&to_end, NULL, go_on);
}

static void read_options(int argc, char **argv) {
  static const struct option names[] = {{"tls", no_argument, &with_tls, 1}, {0}};
  int option;
  while ((option = getopt_long(argc, argv, "p:c:W:N:", names, NULL)) != -1) {
    if (option == 'p') port = (int)number(optarg, 1, 65535);
    else if (option == 'c') connection_count = (int)number(optarg, 1, EVENTS);
    else if (option == 'W') warmup = number(optarg, 0, UINT32_MAX);
    else if (option == 'N') messages = number(optarg, 0, UINT32_MAX);
    else if (option != 0) exit(EXIT_USAGE);
  }
  if (port == 0 || optind != argc) fail(EXIT_USAGE, "see the head of visitload.c for the options");
}

int main(int argc, char **argv) {
  read_options(argc, argv);
  start();
#ifdef TLS
  start_tls();
#else
  if (with_tls) fail(EXIT_USAGE, "built without TLS");
#endif
  connections = calloc((size_t)connection_count, sizeof *connections);
  check(connections != NULL, "memory");
  snprintf(request, sizeof request,
           "GET / HTTP/1.1\r\nHost: localhost:%d\r\nUpgrade: websocket\r\n"
           "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
           port);
  return serve_harness(visit, warmup, messages);
}
