/*
 * System calls that fail where the name of a file says so: `fail-CALL-ERRNO-FROM` in a path makes `open` fail, or `read`
 * and `write` of what lies behind FROM. In FAIL_ACCEPT stand the numbers of an error and of the accepts that it is
 * for. Loaded by LD_PRELOAD: for a disk that breaks, and a system whose tables are full.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int named(const char *path, const char *call, long long end) {
  const char *at = strstr(path, "fail-");
  char which[8];
  int error;
  long long from;
  if (at == NULL || sscanf(at, "fail-%7[a-z]-%d-%lld", which, &error, &from) != 3) return 0;
  if (strcmp(which, call) != 0 || end <= from) return 0;
  errno = error;
  return 1;
}

static int fails(int fd, const char *call, long long end) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return named(path, call, end);
}

int open64(const char *path, int flags, ...) {
  static int (*next)(const char *, int, ...);
  if (next == NULL) next = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64");
  va_list rest;
  va_start(rest, flags);
  int mode = va_arg(rest, int);
  va_end(rest);
  if (named(path, "open", 1)) return -1;
  return next(path, flags, mode);
}

ssize_t pread64(int fd, void *into, size_t count, off64_t from) {
  static ssize_t (*next)(int, void *, size_t, off64_t);
  if (next == NULL) next = (ssize_t(*)(int, void *, size_t, off64_t))dlsym(RTLD_NEXT, "pread64");
  if (fails(fd, "read", from + (long long)count)) return -1;
  return next(fd, into, count, from);
}

ssize_t read(int fd, void *into, size_t count) {
  static ssize_t (*next)(int, void *, size_t);
  if (next == NULL) next = (ssize_t(*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
  if (fails(fd, "read", lseek(fd, 0, SEEK_CUR) + (long long)count)) return -1;
  return next(fd, into, count);
}

ssize_t write(int fd, const void *from, size_t count) {
  static ssize_t (*next)(int, const void *, size_t);
  if (next == NULL) next = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  if (fails(fd, "write", lseek(fd, 0, SEEK_CUR) + (long long)count)) return -1;
  return next(fd, from, count);
}

int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags) {
  static int (*next)(int, struct sockaddr *, socklen_t *, int);
  static int error = -1, times = 0;
  if (next == NULL)
    next = (int (*)(int, struct sockaddr *, socklen_t *, int))dlsym(RTLD_NEXT, "accept4");
  if (error < 0) {
    const char *said = getenv("FAIL_ACCEPT");
    if (said == NULL || sscanf(said, "%d-%d", &error, &times) != 2) error = times = 0;
  }
  int taken = next(fd, address, length, flags);
  if (taken < 0 || times == 0) return taken;
  times--;
  close(taken);
  errno = error;
  return -1;
}
