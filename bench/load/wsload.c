/*
 * wsload: sends WebSocket messages to an echo server and takes back the echoes.
 *
 *   wsload -p PORT [-c CONNECTIONS] [-P INFLIGHT] [-S SIZE] [-W WARMUP] [-N MESSAGES]
 *          [--text] [--verify]
 *
 * Opens the connections on 127.0.0.1 and echoes WARMUP messages. Then prints `ready`, waits for a line
 * on stdin, echoes exactly MESSAGES messages, prints one JSON line and waits for the end of stdin.
 * Nothing is in flight while it waits: what the server spends between the two belongs to MESSAGES
 * messages and to nothing else.
 *
 * Each connection has INFLIGHT messages under way; every echo is answered by a new message until all
 * are sent. What one read brings is answered by one write. Frames are masked, and prepared once, so
 * that the generator costs little. Messages of a connection differ from the ones before and after.
 * The header of every echo is checked; with --verify every byte is.
 *
 * One thread, epoll, no library but libc. It does not fragment, compress or use TLS; the server
 * answers each message by one frame and sends nothing else.
 * Exit status: see common.h.
 */
#include "common.h"

enum { MAX_HEADER = 14, LEAST_FRAMES = 8 };

/* The same frames over and over: what one connection sends, or what it must get back. */
struct ring {
  uint8_t *bytes;
  size_t header; /* bytes of one header */
  size_t frame;  /* bytes of one frame, header included */
  size_t length; /* bytes of all frames */
};

struct connection {
  int fd;
  bool wants_out;
  size_t sent_at; /* place in the ring of the next byte to send */
  size_t got_at;  /* place in the ring of the next byte to come */
  size_t unsent;  /* bytes of queued messages that the kernel has not taken */
};

static int port, connection_count = 1, inflight = 1;
static size_t size = 32;
static uint64_t warmup, messages;
static int text, verify;

static struct connection *connections;
static struct ring requests, echoes;
static uint8_t *read_buffer;
static uint64_t to_send, to_receive;

/* RFC 6455 section 5.2: FIN, opcode and length in its shortest form; returns the header's size. */
static size_t put_header(uint8_t *at, bool masked) {
  uint8_t mask_bit = masked ? 0x80 : 0;
  at[0] = 0x80 | (text ? 1 : 2);
  if (size < 126) {
    at[1] = mask_bit | (uint8_t)size;
    return 2;
  }
  int bytes = size < 65536 ? 2 : 8;
  at[1] = mask_bit | (bytes == 2 ? 126 : 127);
  for (int i = 0; i < bytes; i++) at[2 + i] = (uint8_t)((uint64_t)size >> 8 * (bytes - 1 - i));
  return 2 + (size_t)bytes;
}

/* Pseudo-random payload; as text: ASCII with one two-byte character in eight bytes. */
static void put_payload(uint8_t *at, uint64_t *state) {
  for (size_t i = 0; i < size; i++) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    uint8_t random = (uint8_t)(*state >> 56);
    at[i] = text ? 'a' + random % 26 : random;
  }
  if (text)
    for (size_t i = 6; i + 1 < size; i += 8) memcpy(at + i, "\xc3\xa9", 2);
}

static void build_rings(void) {
  uint8_t header[MAX_HEADER];
  size_t plain = put_header(header, false),
         frames = (size_t)(inflight < LEAST_FRAMES ? LEAST_FRAMES : inflight);
  requests = (struct ring){.header = plain + 4, .frame = plain + 4 + size};
  echoes = (struct ring){.header = plain, .frame = plain + size};
  requests.length = requests.frame * frames;
  echoes.length = echoes.frame * frames;
  requests.bytes = malloc(requests.length);
  echoes.bytes = malloc(echoes.length);
  check(requests.bytes && echoes.bytes, "memory for the frames");
  uint64_t state = 88172645463325252u;
  for (size_t frame = 0; frame < frames; frame++) {
    uint8_t *echo = echoes.bytes + frame * echoes.frame;
    uint8_t *request = requests.bytes + frame * requests.frame;
    put_payload(echo + put_header(echo, false), &state);
    uint8_t key[4];
    for (int i = 0; i < 4; i++) key[i] = (uint8_t)(state >> (8 * i + 24));
    memcpy(request + put_header(request, true), key, 4);
    for (size_t i = 0; i < size; i++)
      request[requests.header + i] = echo[echoes.header + i] ^ key[i & 3];
  }
}

/* Connects and shakes hands, one connection after the other: the server is another process. */
static void open_connection(struct connection *connection) {
  static const char accept_value[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
  int fd = connect_loopback(port);
  char head[4096];
  int length = snprintf(head, sizeof head,
                        "GET / HTTP/1.1\r\nHost: localhost:%d\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                        port);
  check(send(fd, head, (size_t)length, MSG_NOSIGNAL) == length, "send");
  size_t got = 0;
  char *end = NULL;
  while (!end) {
    ssize_t n = recv(fd, head + got, sizeof head - 1 - got, 0);
    if (n <= 0) fail(EXIT_PEER, "the server ended a handshake without an answer");
    got += (size_t)n;
    head[got] = 0;
    end = strstr(head, "\r\n\r\n");
  }
  if (strncmp(head, "HTTP/1.1 101 ", 13) != 0 || !strstr(head, accept_value))
    fail(EXIT_PEER, "handshake refused: %.*s", (int)strcspn(head, "\r"), head);
  if (end + 4 != head + got) fail(EXIT_ANSWER, "the server sent something before the first message");

  watch_input(fd, connection);
  *connection = (struct connection){.fd = fd};
}

static void flush_out(void *owner) {
  struct connection *connection = owner;
  while (connection->unsent > 0) {
    size_t bytes = requests.length - connection->sent_at;
    if (bytes > connection->unsent) bytes = connection->unsent;
    ssize_t n = send(connection->fd, requests.bytes + connection->sent_at, bytes, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) {
      want_out(connection->fd, &connection->wants_out, true, connection);
      return;
    }
    if (n < 0) fail(EXIT_PEER, "sending: %s", strerror(errno));
    connection->sent_at = (connection->sent_at + (size_t)n) % requests.length;
    connection->unsent -= (size_t)n;
  }
  want_out(connection->fd, &connection->wants_out, false, connection);
}

static void queue_messages(struct connection *connection, uint64_t count) {
  if (count > to_send) count = to_send;
  to_send -= count;
  connection->unsent += requests.frame * count;
  flush_out(connection);
}

/* The whole stream of echoes is known beforehand: compare headers, or everything. Returns how many ended. */
static uint64_t take_echoes(struct connection *connection, const uint8_t *bytes, size_t length) {
  uint64_t ended = 0;
  while (length > 0) {
    size_t in_frame = connection->got_at % echoes.frame;
    bool in_header = in_frame < echoes.header;
    size_t step = (in_header ? echoes.header : echoes.frame) - in_frame;
    if (step > length) step = length;
    if ((in_header || verify) && memcmp(bytes, echoes.bytes + connection->got_at, step) != 0)
      fail(EXIT_ANSWER, "an echo differs in its %s", in_header ? "header" : "payload");
    if (in_frame + step == echoes.frame) ended++;
    connection->got_at = (connection->got_at + step) % echoes.length;
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
  uint64_t ended = take_echoes(connection, read_buffer, (size_t)n);
  if (ended > to_receive) fail(EXIT_ANSWER, "more echoes than messages");
  to_receive -= ended;
  queue_messages(connection, ended);
}

/* Sends `count` messages over all connections and returns when the last echo is here. */
static void exchange(uint64_t count) {
  to_send = to_receive = count;
  for (int i = 0; i < connection_count; i++) queue_messages(&connections[i], (uint64_t)inflight);
  drive(&to_receive, flush_out, receive);
}

static void read_options(int argc, char **argv) {
  static const struct option names[] = {
      {"text", no_argument, &text, 1}, {"verify", no_argument, &verify, 1}, {0}};
  int option;
  while ((option = getopt_long(argc, argv, "p:c:P:S:W:N:", names, NULL)) != -1) {
    if (option == 'p') port = (int)number(optarg, 1, 65535);
    else if (option == 'c') connection_count = (int)number(optarg, 1, 100000);
    else if (option == 'P') inflight = (int)number(optarg, 1, 10000);
    else if (option == 'S') size = number(optarg, 1, 1 << 24);
    else if (option == 'W') warmup = number(optarg, 0, UINT32_MAX);
    else if (option == 'N') messages = number(optarg, 0, UINT32_MAX);
    else if (option != 0) exit(EXIT_USAGE);
  }
  if (port == 0 || optind != argc) fail(EXIT_USAGE, "see the head of wsload.c for the options");
}

int main(int argc, char **argv) {
  read_options(argc, argv);
  start();
  connections = calloc((size_t)connection_count, sizeof *connections);
  read_buffer = malloc(READ_BUFFER);
  check(connections && read_buffer, "memory");
  build_rings();
  for (int i = 0; i < connection_count; i++) open_connection(&connections[i]);

  return serve_harness(exchange, warmup, messages);
}
