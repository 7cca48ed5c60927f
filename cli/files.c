#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/files.h"

#define DEPTH_MAX	8

static int
fault(struct err *err, const char *path)
{
	return err_set(err, ERR_INPUT, "%s: %s", path, strerror(errno));
}

bool
files_exist(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

const char *
files_folder(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return ".";
	return arena_strndup(arena, path,
	    slash == path ? 1 : (size_t)(slash - path));
}

int
files_make_folder(const char *path)
{
	char part[PATH_MAX];
	char *at = part;
	struct stat st;

	if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part) {
		errno = ENAMETOOLONG;
		return -1;
	}
	do {
		at = strchr(at + 1, '/');
		if (at != NULL)
			*at = '\0';
		if (stat(part, &st) == -1 && mkdir(part, 0750) == -1)
			return -1;
		if (at != NULL)
			*at = '/';
	} while (at != NULL && at[1] != '\0');
	return 0;
}

/* All of it, or -1 and errno. */
static int
put(int fd, const char *p, size_t len)
{
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n) {
		n = write(fd, p, len);
		if (n == -1 && errno == EINTR)
			n = 0;
		else if (n == -1)
			return -1;
	}
	return 0;
}

static int
create(const char *path, mode_t mode, int *fd_out, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
	    O_NOFOLLOW, mode);

	if (fd == -1)
		return fault(err, path);
	*fd_out = fd;
	return fchmod(fd, mode) == -1 ? fault(err, path) : 0;
}

/* Sync and close what was written; a file that failed is not left. */
static int
finish(int fd, const char *path, int ret, struct err *err)
{
	if (ret == 0 && fsync(fd) == -1)
		ret = fault(err, path);
	close(fd);
	if (ret == -1)
		unlink(path);
	return ret;
}

int
files_write(const char *path, struct slice text, mode_t mode, struct err *err)
{
	int fd, ret = 0;

	if (create(path, mode, &fd, err) == -1)
		return -1;
	if (put(fd, text.p, text.len) == -1)
		ret = fault(err, path);
	return finish(fd, path, ret, err);
}

/* Hand all of from to fn in pieces. */
static int
each_piece(const char *from, int (*fn)(const char *p, size_t n, void *arg),
    void *arg, struct err *err)
{
	static char piece[65536];
	ssize_t n;
	int fd = open(from, O_RDONLY | O_CLOEXEC), ret = 0;

	if (fd == -1)
		return fault(err, from);
	while (ret == 0) {
		n = read(fd, piece, sizeof piece);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			ret = fault(err, from);
		if (n <= 0)
			break;
		ret = fn(piece, (size_t)n, arg);
	}
	close(fd);
	return ret;
}

struct sink {
	int		 fd;
	const char	*path;
	struct err	*err;
};

static int
write_piece(const char *p, size_t n, void *arg)
{
	struct sink *sink = arg;

	return put(sink->fd, p, n) == -1 ? fault(sink->err, sink->path) : 0;
}

int
files_copy(const char *from, const char *to, mode_t mode, struct err *err)
{
	struct sink sink = { -1, to, err };

	if (create(to, mode, &sink.fd, err) == -1)
		return -1;
	return finish(sink.fd, to, each_piece(from, write_piece, &sink, err),
	    err);
}

static int
hash_piece(const char *p, size_t n, void *arg)
{
	crypt_hash_add(arg, p, n);
	return 0;
}

int
files_sha256(const char *path, unsigned char out[CRYPT_SHA256],
    struct err *err)
{
	struct crypt_hash *hash = crypt_hash_new();
	int ret = each_piece(path, hash_piece, hash, err);

	crypt_hash_finish(&hash, out);
	return ret;
}

/* ---- trees ---- */

struct tree {
	struct arena	*arena;
	bool		 all;		/* links and the like are files, too */
	struct err	*err;
	/* name: below the top; before: a folder is told before its inside */
	int		(*file)(const char *path, const char *name, void *arg,
			    struct err *err);
	int		(*folder)(const char *path, const char *name,
			    bool before, void *arg, struct err *err);
	void		*arg;
};

static int
not_dots(const struct dirent *e)
{
	return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

static int walk(struct tree *t, const char *path, const char *name, int depth);

static int
visit(struct tree *t, const char *path, const char *name, const char *entry,
    int depth)
{
	const char *at = arena_printf(t->arena, "%s/%s", path, entry);
	const char *below = *name == '\0' ? arena_strdup(t->arena, entry) :
	    arena_printf(t->arena, "%s/%s", name, entry);
	struct stat st;
	int ret = 0;

	if (at == NULL || below == NULL)
		return err_set(t->err, ERR_RETRY, "out of memory");
	if (lstat(at, &st) == -1)
		return fault(t->err, at);
	if (S_ISREG(st.st_mode) || (t->all && !S_ISDIR(st.st_mode)))
		return t->file(at, below, t->arg, t->err);
	if (!S_ISDIR(st.st_mode))
		return 0;
	if (t->folder != NULL)
		ret = t->folder(at, below, true, t->arg, t->err);
	if (ret == 0)
		ret = walk(t, at, below, depth + 1);
	if (ret == 0 && t->folder != NULL)
		ret = t->folder(at, below, false, t->arg, t->err);
	return ret;
}

static int
walk(struct tree *t, const char *path, const char *name, int depth)
{
	struct dirent **entries;
	int i, n, ret = 0;

	if (depth > DEPTH_MAX)
		return err_set(t->err, ERR_INPUT, "%s: folders too deep", path);
	n = scandir(path, &entries, not_dots, alphasort);
	if (n == -1)
		return fault(t->err, path);
	for (i = 0; i < n; i++) {
		if (ret == 0)
			ret = visit(t, path, name, entries[i]->d_name, depth);
		free(entries[i]);
	}
	free(entries);
	return ret;
}

struct each {
	int	(*fn)(const char *name, void *arg, struct err *err);
	void	*arg;
};

static int
each_file(const char *path, const char *name, void *arg, struct err *err)
{
	struct each *each = arg;

	(void)path;
	return each->fn(name, each->arg, err);
}

int
files_each(struct arena *arena, const char *path,
    int (*fn)(const char *name, void *arg, struct err *err), void *arg,
    struct err *err)
{
	struct each each = { fn, arg };
	struct tree t = { arena, false, err, each_file, NULL, &each };

	return walk(&t, path, "", 0);
}

struct copying {
	struct arena	*arena;
	const char	*to;
};

static int
copy_file(const char *path, const char *name, void *arg, struct err *err)
{
	struct copying *c = arg;
	const char *to = arena_printf(c->arena, "%s/%s", c->to, name);

	if (to == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	return files_copy(path, to, 0640, err);
}

static int
copy_folder(const char *path, const char *name, bool before, void *arg,
    struct err *err)
{
	struct copying *c = arg;
	const char *to = arena_printf(c->arena, "%s/%s", c->to, name);

	(void)path;
	if (to == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	if (before && mkdir(to, 0750) == -1)
		return fault(err, to);
	return before ? 0 : files_sync(to, err);
}

int
files_copy_tree(struct arena *arena, const char *from, const char *to,
    struct err *err)
{
	struct copying c = { arena, to };
	struct tree t = { arena, false, err, copy_file, copy_folder, &c };

	if (mkdir(to, 0750) == -1)
		return fault(err, to);
	if (walk(&t, from, "", 0) == -1)
		return -1;
	return files_sync(to, err);
}

static int
remove_file(const char *path, const char *name, void *arg, struct err *err)
{
	(void)name;
	(void)arg;
	return unlink(path) == -1 ? fault(err, path) : 0;
}

static int
remove_folder(const char *path, const char *name, bool before, void *arg,
    struct err *err)
{
	(void)name;
	(void)arg;
	return !before && rmdir(path) == -1 ? fault(err, path) : 0;
}

int
files_remove_tree(struct arena *arena, const char *path, struct err *err)
{
	struct tree t = { arena, true, err, remove_file, remove_folder,
		NULL };

	if (walk(&t, path, "", 0) == -1)
		return -1;
	return rmdir(path) == -1 ? fault(err, path) : 0;
}

int
files_sync(const char *folder, struct err *err)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd == -1 ? -1 : fsync(fd);

	if (rc == -1)
		fault(err, folder);
	if (fd != -1)
		close(fd);
	return rc;
}

void
files_own(const char *path, const char *model)
{
	struct stat st;

	if (geteuid() != 0 || stat(model, &st) == -1)
		return;
	if (lchown(path, st.st_uid, st.st_gid) == -1)
		fprintf(stderr, "campusdesk: %s: %s\n", path,
		    strerror(errno));
}
