#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "desk/settings_files.h"

#define FILE_MAX	((size_t)32 * 1024 * 1024)	/* bytes */
#define FILES_MAX	((size_t)512 * 1024 * 1024)

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

/* The whole file, in the arena of files. */
static int
read_file(struct settings *s, const char *path, struct slice *text_out,
    struct err *err)
{
	size_t size;
	char *text;
	int fd, ret;

	if (open_file(path, &fd, &size, err) == -1)
		return -1;
	text = arena_alloc(s->files, size + 1);
	ret = text == NULL ? err_set(err, ERR_FATAL, "%s: out of memory",
	    path) : read_all(fd, text, size, path, err);
	close(fd);
	if (ret == 0)
		*text_out = (struct slice){ text, size };
	return ret;
}

static int
read_places(struct settings *s, struct err *err)
{
	const char *path = s->locations_file;
	struct locations *l;
	struct slice text;

	if (path == NULL || path[0] == '\0')
		return 0;
	if (read_file(s, path, &text, err) == -1)
		return -1;
	if (locations_read(text, s->files, &l, err) == -1)
		return err_prefix(err, "%s", path);
	s->locations = l;
	return 0;
}

static int
read_hours(struct settings *s, struct err *err)
{
	const char *path = s->hours_calendar_file;
	struct calendar calendar = { .v = NULL };
	int64_t now_ms = clock_now_ms(), first, last;
	bool has_file = path != NULL && path[0] != '\0';
	struct slice text;
	struct hours *hours;

	if (s->hours_days.n == 0 && s->hours_holidays.n == 0 && !has_file)
		return 0;
	hours_window(now_ms, &first, &last);
	if (has_file && read_file(s, path, &text, err) == -1)
		return -1;
	if (has_file && calendar_read(text, first, last, s->files, &calendar,
	    err) == -1)
		return err_prefix(err, "%s", path);
	if (hours_make(&s->hours_days, &s->hours_holidays, &calendar, now_ms,
	    s->files, &hours, err) == -1)
		return has_file ? err_prefix(err, "%s", path) : -1;
	s->hours = hours;
	return 0;
}

int
settings_files(struct settings *settings, struct err *err)
{
	settings->files = arena_new(FILES_MAX);
	if (settings->files == NULL)
		return err_set(err, ERR_FATAL, "settings: out of memory");
	if (read_places(settings, err) == -1)
		return -1;
	return read_hours(settings, err);
}
