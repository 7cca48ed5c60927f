#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypt.h"
#include "base/text.h"
#include "webview/files.h"

struct files {
	struct file	 v[FILES_MAX];
	size_t		 n, bytes;
};

/* A file of no such kind is not sent at all. */
static const char *
type_of(const char *name)
{
	static const struct { const char *end, *type; } types[] = {
		{ ".css",	"text/css; charset=utf-8" },
		{ ".js",	"text/javascript; charset=utf-8" },
		{ ".svg",	"image/svg+xml" },
		{ ".png",	"image/png" },
		{ ".ico",	"image/x-icon" },
		{ ".woff2",	"font/woff2" },
		{ ".txt",	"text/plain; charset=utf-8" },
		{ ".json",	"application/json" },
	};

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (text_iends(slice_of(name), types[i].end))
			return types[i].type;
	return NULL;
}

/* Exactly len bytes of fd; NULL: not. */
static char *
read_whole(int fd, size_t len)
{
	char *p = malloc(len + 1);
	size_t got = 0;
	ssize_t n = 1;

	if (p == NULL)
		return NULL;
	while (got < len && n > 0) {
		n = read(fd, p + got, len - got);
		got += n > 0 ? (size_t)n : 0;
	}
	if (got == len)
		return p;
	free(p);
	return NULL;
}

static void
seal(struct file *file)
{
	unsigned char digest[CRYPT_SHA256];
	char hex[2 * 16 + 1];

	crypt_sha256(file->bytes, digest);
	crypt_hex(digest, 16, hex);
	snprintf(file->etag, sizeof file->etag, "\"%s\"", hex);
}

static int
add(struct files *files, int folder, const char *name, struct err *err)
{
	struct file *file = &files->v[files->n];
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st = { 0 };
	char *p = NULL;

	if (fd == -1 || fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    st.st_size > (off_t)(FILES_BYTES - files->bytes)) {
		if (fd != -1)
			close(fd);
		return 0;
	}
	p = read_whole(fd, (size_t)st.st_size);
	close(fd);
	file->name = strdup(name);
	if (p == NULL || file->name == NULL) {
		free(p);
		free(file->name);
		return err_set(err, ERR_RETRY, "%s: cannot be read", name);
	}
	file->type = type_of(name);
	file->bytes = (struct slice){ p, (size_t)st.st_size };
	seal(file);
	files->bytes += file->bytes.len;
	files->n++;
	return 0;
}

/* Chart.js lies where Debian's package put it. Without it tables stay tables. */
static int
add_charts(struct files *files, struct err *err)
{
	int folder = open(CAMPUSDESK_CHARTJS, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	int ret;

	if (folder == -1 || files->n == FILES_MAX)
		return 0;
	ret = add(files, folder, "chart.min.js", err);
	close(folder);
	return ret;
}

int
files_load(const char *folder, struct files **files_out, struct err *err)
{
	struct files *files = calloc(1, sizeof *files);
	struct dirent *entry;
	DIR *dir = opendir(folder);
	int ret = 0;

	if (files == NULL) {
		if (dir != NULL)
			closedir(dir);
		return err_set(err, ERR_RETRY, "out of memory");
	}
	while (ret == 0 && dir != NULL && files->n < FILES_MAX &&
	    (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' && type_of(entry->d_name) != NULL)
			ret = add(files, dirfd(dir), entry->d_name, err);
	if (dir != NULL)
		closedir(dir);
	if (ret == 0)
		ret = add_charts(files, err);
	if (ret == 0)
		*files_out = files;
	else
		files_free(&files);
	return ret;
}

void
files_free(struct files **files)
{
	if (*files == NULL)
		return;
	for (size_t i = 0; i < (*files)->n; i++) {
		free((*files)->v[i].name);
		free((void *)(*files)->v[i].bytes.p);
	}
	free(*files);
	*files = NULL;
}

const struct file *
files_find(const struct files *files, const char *name)
{
	for (size_t i = 0; i < files->n; i++)
		if (strcmp(files->v[i].name, name) == 0)
			return &files->v[i];
	return NULL;
}
