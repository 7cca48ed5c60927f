#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "desk/settings_places.h"

#define FILE_MAX	((size_t)32 * 1024 * 1024)	/* bytes */
#define PLACES_MAX	((size_t)512 * 1024 * 1024)

static int
read_all(int fd, char *p, size_t size, const char *path, struct err *err)
{
	size_t at = 0;
	ssize_t n;

	while (at < size) {
		n = read(fd, p + at, size - at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(err, ERR_INPUT, "%s: cannot be read: "
			    "%s", path, n == 0 ? "it became shorter" :
			    strerror(errno));
		at += (size_t)n;
	}
	return 0;
}

static int
open_file(const char *path, int *fd_out, size_t *size_out, struct err *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd == -1)
		return err_set(err, ERR_INPUT, "%s: cannot be read: %s", path,
		    strerror(errno));
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    (uint64_t)st.st_size > FILE_MAX) {
		close(fd);
		return err_set(err, ERR_INPUT, "%s: not a file of at most 32 "
		    "MiB", path);
	}
	*fd_out = fd;
	*size_out = (size_t)st.st_size;
	return 0;
}

int
settings_places(struct settings *settings, struct err *err)
{
	const char *path = settings->locations_file;
	struct locations *l;
	size_t size;
	char *text;
	int fd, ret;

	if (path == NULL || path[0] == '\0')
		return 0;
	if (open_file(path, &fd, &size, err) == -1)
		return -1;
	settings->places = arena_new(PLACES_MAX);
	text = settings->places == NULL ? NULL :
	    arena_alloc(settings->places, size + 1);
	ret = text == NULL ? err_set(err, ERR_FATAL, "%s: out of memory",
	    path) : read_all(fd, text, size, path, err);
	close(fd);
	if (ret == 0 && locations_read((struct slice){ text, size },
	    settings->places, &l, err) == -1)
		ret = err_prefix(err, "%s", path);
	if (ret == 0)
		settings->locations = l;
	return ret;
}
