/* full_disk - LD_PRELOAD: writes to files that begin with FULL_DISK_PATH fail
 * with ENOSPC: the FULL_DISK_AT-th write of the process and, counted from it,
 * FULL_DISK_FOR in all (1); with FULL_DISK_EVERY=n that again each n writes. */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long
number(const char *name, long otherwise)
{
	const char *s = getenv(name);

	return s == NULL ? otherwise : strtol(s, NULL, 10);
}

static bool
is_meant(int fd)
{
	const char *path = getenv("FULL_DISK_PATH");
	char link[64], target[4096];
	ssize_t n;

	if (path == NULL)
		return false;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, target, sizeof target - 1);
	if (n <= 0)
		return false;
	target[n] = '\0';
	return strncmp(target, path, strlen(path)) == 0;
}

static bool
is_full(int fd)
{
	static _Atomic long count;
	long at = number("FULL_DISK_AT", 1), n;
	long every = number("FULL_DISK_EVERY", 0);

	if (!is_meant(fd))
		return false;
	n = ++count - at;
	if (n >= 0 && every > 0)
		n %= every;
	if (n < 0 || n >= number("FULL_DISK_FOR", 1))
		return false;
	errno = ENOSPC;
	return true;
}

ssize_t	pwrite64(int fd, const void *p, size_t len, off64_t at);
int	ftruncate64(int fd, off64_t len);

ssize_t
pwrite64(int fd, const void *p, size_t len, off64_t at)
{
	static ssize_t (*real)(int, const void *, size_t, off64_t);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "pwrite64");
	return is_full(fd) ? -1 : real(fd, p, len, at);
}

int
ftruncate64(int fd, off64_t len)
{
	static int (*real)(int, off64_t);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "ftruncate64");
	return is_full(fd) ? -1 : real(fd, len);
}
