#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/db.h"
#include "db/url.h"

struct db_lock {
	int	fd;
};

/* The pid written in the file, or "?". */
static void
holder(int fd, char *out, size_t size)
{
	ssize_t n = pread(fd, out, size - 1, 0);

	out[n > 0 ? n : 0] = '\0';
	out[strspn(out, "0123456789")] = '\0';
	if (out[0] == '\0')
		snprintf(out, size, "?");
}

static int
write_pid(int fd)
{
	char pid[16];
	int n = snprintf(pid, sizeof pid, "%d\n", (int)getpid());

	return ftruncate(fd, 0) == 0 && pwrite(fd, pid, (size_t)n, 0) == n ?
	    0 : -1;
}

int
db_lock_daemon(const char *url, struct db_lock **lock_out, struct err *err)
{
	char path[PATH_MAX], pid[16];
	struct db_lock *lock = NULL;
	int fd = -1, ret = -1;

	if (url_path(url, ".lock", path, sizeof path, err) != 0)
		return -1;
	lock = malloc(sizeof *lock);
	if (lock == NULL)
		return err_set(err, ERR_RETRY, "store: out of memory");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0) {
		err_set(err, ERR_FATAL, "%s: %s", path, strerror(errno));
		goto out;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		holder(fd, pid, sizeof pid);
		err_set(err, ERR_RETRY, "another daemon (pid %s) has the "
		    "store: it holds %s", pid, path);
		goto out;
	}
	if (write_pid(fd) != 0) {
		err_set(err, ERR_RETRY, "%s: %s", path, strerror(errno));
		goto out;
	}
	lock->fd = fd;
	*lock_out = lock;
	lock = NULL;
	fd = -1;
	ret = 0;
out:
	if (fd >= 0)
		close(fd);
	free(lock);
	return ret;
}

void
db_unlock_daemon(struct db_lock **lock)
{
	if (lock == NULL || *lock == NULL)
		return;
	/* the file stays: removing it would let two lock two files */
	close((*lock)->fd);
	free(*lock);
	*lock = NULL;
}
