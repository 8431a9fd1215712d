/*
 * What the generators in C have in common: how they end, connect, watch a descriptor, and talk with the harness.
 *
 * Exit status: 0 done, 1 usage, 2 system call failed, 3 wrong answer, 4 refused, closed or stuck.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_USAGE = 1, EXIT_SYSTEM, EXIT_ANSWER, EXIT_PEER };
enum { READ_BUFFER = 512 * 1024, STUCK_MS = 10000, EVENTS = 1024 };

static int poll_fd;

static void fail(int status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "%s: ", program_invocation_short_name);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(status);
}

static void check(bool good, const char *what) {
  if (!good) fail(EXIT_SYSTEM, "%s: %s", what, strerror(errno));
}

static uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* Connects to 127.0.0.1; a server that says nothing is waited for no longer than STUCK_MS. */
static int connect_loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
  check(fd >= 0, "socket");
  struct timeval patience = {.tv_sec = STUCK_MS / 1000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  check(connect(fd, (struct sockaddr *)&address, sizeof address) == 0, "connect");
  return fd;
}

/* From now on the descriptor never blocks, and is watched for input. */
static void watch_input(int fd, void *owner) {
  check(fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = owner};
  check(epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

/* Whether the descriptor is watched for room to write too; `watched`: whether it is. */
static inline void want_out(int fd, bool *watched, bool wanted, void *owner) {
  if (*watched == wanted) return;
  *watched = wanted;
  struct epoll_event event = {.events = EPOLLIN | (wanted ? EPOLLOUT : 0), .data.ptr = owner};
  check(epoll_ctl(poll_fd, EPOLL_CTL_MOD, fd, &event) == 0, "epoll_ctl");
}

/* Calls `flush` and `receive` with the owners of descriptors that are ready until nothing is `left`. */
static void drive(const uint64_t *left, void (*flush)(void *), void (*receive)(void *)) {
  static struct epoll_event events[EVENTS];
  while (*left > 0) {
    int ready = epoll_wait(poll_fd, events, EVENTS, STUCK_MS);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) fail(EXIT_PEER, "stuck: %" PRIu64 " are missing", *left);
    for (int i = 0; i < ready; i++) {
      if (flush && events[i].events & EPOLLOUT) flush(events[i].data.ptr);
      if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(events[i].data.ptr);
    }
  }
}

/* Opens the poll; as many descriptors as the system allows. */
static void start(void) {
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  poll_fd = epoll_create1(EPOLL_CLOEXEC);
  check(poll_fd >= 0, "epoll_create1");
}

/* False at the end of stdin. */
static bool wait_for_line(void) {
  int character;
  while ((character = getchar()) != EOF)
    if (character == '\n') return true;
  return false;
}

static uint64_t number(const char *argument, uint64_t least, uint64_t most) {
  char *end;
  errno = 0;
  uint64_t value = strtoull(argument, &end, 10);
  if (errno || *end || end == argument || value < least || value > most)
    fail(EXIT_USAGE, "%s is not a number from %" PRIu64 " to %" PRIu64, argument, least, most);
  return value;
}

/* Warms up, and when a line on stdin says so does the work that counts and prints what it took. */
static int serve_harness(void (*exchange)(uint64_t), uint64_t warmup, uint64_t messages) {
  exchange(warmup);
  puts("ready");
  fflush(stdout);
  if (!wait_for_line()) return 0;
  uint64_t began = now_ns();
  exchange(messages);
  printf("{\"messages\":%" PRIu64 ",\"seconds\":%.6f}\n", messages, (double)(now_ns() - began) / 1e9);
  fflush(stdout);
  while (wait_for_line()) {
  }
  return 0;
}
