/*
 * httpload: asks an HTTP/1.1 server for one path over and over, on connections that stay.
 *
 *   httpload -p PORT -u PATH -S SIZE [-c CONNECTIONS] [-P INFLIGHT] [-W WARMUP] [-N MESSAGES]
 *            [-B BODY] [-F FIELDS] [--verify]
 *
 * Opens the connections on 127.0.0.1 and has WARMUP requests answered. Then prints `ready`, waits for a line
 * on stdin, has exactly MESSAGES requests answered, prints one JSON line and waits for the end of stdin.
 * Nothing is in flight while it waits: what the server spends between the two belongs to MESSAGES requests
 * and to nothing else.
 *
 * Each connection has INFLIGHT requests under way; what one read brings is answered by one write. FIELDS are lines
 * of the request besides Host, each with its line end. Status and Content-Length of every answer are checked; with
 * --verify every byte of its body is: BODY, or the letters that servers/http-files.mjs makes for SIZE.
 *
 * One thread, epoll, no library but libc: it has to cost less than the servers, else they wait for it, and what is
 * measured is how they go to sleep. Exit status: see common.h.
 */
#include "common.h"

enum { MOST_HEAD = 8192 };

struct connection {
  int fd;
  uint64_t unanswered;
  uint64_t owed; /* requests of which the kernel has not taken all */
  size_t sent;   /* bytes of the first of them that it took */
  size_t left;   /* bytes of a body to come */
  size_t held;   /* bytes of a head that came in pieces */
  char *head;
  bool wants_out;
};

static int port, connection_count = 1, inflight = 1, verify;
static size_t size;
static uint64_t warmup, messages;
static const char *path = "/", *fields = "", *body;

static struct connection *connections;
static char *requests, *read_buffer, *expected;
static size_t request_length;
static uint64_t to_send, to_receive;

/* INFLIGHT requests, one behind the other. */
static void build_requests(void) {
  char *one;
  int length = asprintf(&one, "GET %s HTTP/1.1\r\nHost: localhost:%d\r\n%s\r\n", path, port, fields);
  check(length > 0, "memory for a request");
  request_length = (size_t)length;
  requests = malloc(request_length * (size_t)inflight);
  check(requests != NULL, "memory for the requests");
  for (int i = 0; i < inflight; i++) memcpy(requests + request_length * (size_t)i, one, request_length);
}

static void build_expected(void) {
  expected = malloc(size + 1);
  check(expected != NULL, "memory for the answer");
  if (body) {
    if (strlen(body) != size) fail(EXIT_USAGE, "-B has %zu bytes and not %zu", strlen(body), size);
    memcpy(expected, body, size);
  } else
    for (size_t at = 0; at < size; at++)
      expected[at] = (char)('a' + ((uint32_t)at * 2654435761u >> 24) % 26);
}

static void flush_out(void *owner) {
  struct connection *connection = owner;
  while (connection->owed > 0) {
    uint64_t most = connection->owed < (uint64_t)inflight ? connection->owed : (uint64_t)inflight;
    ssize_t n = send(connection->fd, requests + connection->sent,
                     request_length * most - connection->sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) {
      want_out(connection->fd, &connection->wants_out, true, connection);
      return;
    }
    if (n < 0) fail(EXIT_PEER, "sending: %s", strerror(errno));
    connection->sent += (size_t)n;
    connection->owed -= connection->sent / request_length;
    connection->sent %= request_length;
  }
  want_out(connection->fd, &connection->wants_out, false, connection);
}

static void ask(struct connection *connection, uint64_t count) {
  if (count > to_send) count = to_send;
  if (count == 0) return;
  to_send -= count;
  connection->owed += count;
  connection->unanswered += count;
  flush_out(connection);
}

/* RFC 9112 section 4 and RFC 9110 section 8.6. `head` ends with a 0. */
static void check_head(const char *head) {
  const char *field = strcasestr(head, "\r\ncontent-length:");
  bool good = strncmp(head, "HTTP/1.", 7) == 0 && strncmp(head + 8, " 200", 4) == 0;
  if (!good || !field || strtoull(field + 17, NULL, 10) != size)
    fail(EXIT_ANSWER, "not what was asked for: %.200s", head);
}

/* Takes bytes of a head that is not whole yet; returns how many. */
static size_t take_head(struct connection *connection, char *bytes, size_t length) {
  if (connection->held == 0) {
    char *end = memmem(bytes, length, "\r\n\r\n", 4);
    if (end) {
      end[2] = 0;
      check_head(bytes);
      connection->left = size;
      return (size_t)(end + 4 - bytes);
    }
  }
  if (!connection->head) connection->head = malloc(MOST_HEAD + 1);
  check(connection->head != NULL, "memory for a head");
  for (size_t taken = 0; taken < length;) {
    if (connection->held == MOST_HEAD) fail(EXIT_ANSWER, "a head without an end");
    connection->head[connection->held++] = bytes[taken++];
    char *end = connection->head + connection->held;
    if (connection->held >= 4 && memcmp(end - 4, "\r\n\r\n", 4) == 0) {
      *end = 0;
      check_head(connection->head);
      connection->held = 0;
      connection->left = size;
      return taken;
    }
  }
  return length;
}

/* Returns how many answers ended. */
static uint64_t take_answers(struct connection *connection, char *bytes, size_t length) {
  uint64_t ended = 0;
  while (length > 0) {
    size_t step;
    if (connection->left == 0) step = take_head(connection, bytes, length);
    else {
      step = connection->left < length ? connection->left : length;
      if (verify && memcmp(bytes, expected + size - connection->left, step) != 0)
        fail(EXIT_ANSWER, "wrong bytes in an answer");
      connection->left -= step;
      if (connection->left == 0) ended++;
    }
    bytes += step;
    length -= step;
  }
  return ended;
}

static void receive(void *owner) {
  struct connection *connection = owner;
  ssize_t n = recv(connection->fd, read_buffer, READ_BUFFER, 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) fail(EXIT_PEER, "receiving: %s", n ? strerror(errno) : "closed by the server");
  uint64_t ended = take_answers(connection, read_buffer, (size_t)n);
  if (ended > connection->unanswered) fail(EXIT_ANSWER, "more answers than requests");
  connection->unanswered -= ended;
  to_receive -= ended;
  ask(connection, ended);
}

/* Asks `count` times over all connections and returns when the last answer is here. */
static void exchange(uint64_t count) {
  to_send = to_receive = count;
  for (int i = 0; i < connection_count; i++) ask(&connections[i], (uint64_t)inflight);
  drive(&to_receive, flush_out, receive);
}

static void read_options(int argc, char **argv) {
  static const struct option names[] = {{"verify", no_argument, &verify, 1}, {0}};
  int option;
  while ((option = getopt_long(argc, argv, "p:u:S:c:P:W:N:B:F:", names, NULL)) != -1) {
    if (option == 'p') port = (int)number(optarg, 1, 65535);
    else if (option == 'u') path = optarg;
    else if (option == 'S') size = number(optarg, 1, 1 << 28);
    else if (option == 'c') connection_count = (int)number(optarg, 1, 100000);
    else if (option == 'P') inflight = (int)number(optarg, 1, 10000);
    else if (option == 'W') warmup = number(optarg, 0, UINT32_MAX);
    else if (option == 'N') messages = number(optarg, 0, UINT32_MAX);
    else if (option == 'B') body = optarg;
    else if (option == 'F') fields = optarg;
    else if (option != 0) exit(EXIT_USAGE);
  }
  if (port == 0 || size == 0 || optind != argc)
    fail(EXIT_USAGE, "see the head of httpload.c for the options");
}

int main(int argc, char **argv) {
  read_options(argc, argv);
  start();
  connections = calloc((size_t)connection_count, sizeof *connections);
  read_buffer = malloc(READ_BUFFER);
  check(connections && read_buffer, "memory");
  build_requests();
  build_expected();
  for (int i = 0; i < connection_count; i++) {
    connections[i].fd = connect_loopback(port);
    watch_input(connections[i].fd, &connections[i]);
  }
  return serve_harness(exchange, warmup, messages);
}
