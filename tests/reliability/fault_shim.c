/* Loaded before libc: the n-th call that changes a file below a folder fails with an error, or ends the process. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { DIED = 99 };

static char root[4096];
static int fails_at, fails_with, calls;

/* error 0 = die; at 0 = only count. */
void fault_plan(const char *folder, int at, int error) {
    snprintf(root, sizeof root, "%s/", folder);
    fails_at = at;
    fails_with = error;
    calls = 0;
}

int fault_calls(void) { return calls; }

static int fails(const char *path) {
    if (!root[0] || strncmp(path, root, strlen(root)) || ++calls != fails_at) return 0;
    if (!fails_with) _exit(DIED);
    errno = fails_with;
    return 1;
}

static int fails_on(int handle) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    ssize_t length = root[0] ? readlink(link, path, sizeof path - 1) : -1;
    if (length < 0) return 0;
    path[length] = 0;
    return fails(path);
}

#define REAL(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))
#define WATCHED(type, name, parameters, arguments) \
    type name parameters { return fails_on(handle) ? (type)-1 : REAL(name) arguments; }

WATCHED(ssize_t, write, (int handle, const void *data, size_t size), (handle, data, size))
WATCHED(ssize_t, pwrite, (int handle, const void *data, size_t size, off_t at), (handle, data, size, at))
WATCHED(ssize_t, pwrite64, (int handle, const void *data, size_t size, off64_t at), (handle, data, size, at))
WATCHED(int, ftruncate, (int handle, off_t size), (handle, size))
WATCHED(int, ftruncate64, (int handle, off64_t size), (handle, size))
WATCHED(int, fsync, (int handle), (handle))
WATCHED(int, fdatasync, (int handle), (handle))

int unlink(const char *path) { return fails(path) ? -1 : REAL(unlink)(path); }
