#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypt.h"
#include "base/private_file.h"

#define PATH_BYTES	4096

static int
read_all(int fd, const char *path, struct buf *out, struct err *err)
{
	char piece[1024];
	ssize_t n;

	while ((n = read(fd, piece, sizeof piece)) > 0)
		buf_add(out, piece, (size_t)n);
	explicit_bzero(piece, sizeof piece);
	if (n == -1 || out->failed)
		return err_set(err, ERR_INPUT, "%s: cannot be read, or too "
		    "long", path);
	return 0;
}

int
private_file_read(const char *path, mode_t forbidden, struct buf *out,
    bool *absent_out, struct err *err)
{
	int links = forbidden == PRIVATE_FILE_OURS ? O_NOFOLLOW : 0;
	struct stat st;
	int fd, ret = -1;

	fd = open(path, O_RDONLY | O_CLOEXEC | links);
	*absent_out = fd == -1 && errno == ENOENT;
	if (fd == -1)
		return err_set(err, ERR_INPUT, "%s: %s", path,
		    strerror(errno));
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		err_set(err, ERR_INPUT, "%s: not a plain file", path);
	else if ((st.st_mode & forbidden) != 0)
		err_set(err, ERR_INPUT, "%s: others may %s it (mode %04o); "
		    "chmod 600 would be right", path,
		    (st.st_mode & 044 & forbidden) != 0 ? "read" : "change",
		    (unsigned)st.st_mode & 07777);
	else
		ret = read_all(fd, path, out, err);
	close(fd);
	return ret;
}

/* The new file belongs to whom the old one did: an administrator who runs a
 * command as root must not lock the daemon out. */
static int
keep_owner(int fd, const char *path)
{
	struct stat st;

	if (lstat(path, &st) == -1 || !S_ISREG(st.st_mode))
		return 0;
	if ((st.st_uid != geteuid() || st.st_gid != getegid()) &&
	    fchown(fd, st.st_uid, st.st_gid) == -1)
		return -1;
	return fchmod(fd, st.st_mode & 0640);
}

static int
open_folder(const char *path)
{
	char folder[PATH_BYTES];
	char *slash;

	snprintf(folder, sizeof folder, "%s", path);
	slash = strrchr(folder, '/');
	if (slash != NULL)
		slash[slash == folder] = '\0';
	return open(slash == NULL ? "." : folder, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
}

int
private_file_give(int fd, const char *path)
{
	struct stat st;
	int folder, rc = 0;

	if (geteuid() != 0)
		return 0;
	folder = open_folder(path);
	if (folder == -1)
		return -1;
	if (fstat(folder, &st) == -1 || (st.st_uid != 0 &&
	    fchown(fd, st.st_uid, st.st_gid) == -1))
		rc = -1;
	close(folder);
	return rc;
}

static int
write_temp(const char *temp, const char *old, struct slice text,
    struct err *err)
{
	int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	int ret = 0;

	if (fd == -1)
		return err_set(err, ERR_INPUT, "%s: %s", temp,
		    strerror(errno));
	if (fchmod(fd, 0600) == -1 ||
	    write(fd, text.p, text.len) != (ssize_t)text.len ||
	    (old == NULL ? private_file_give(fd, temp) :
	    keep_owner(fd, old)) == -1 || fsync(fd) == -1)
		ret = err_set(err, ERR_RETRY, "%s: %s", temp, strerror(errno));
	close(fd);
	return ret;
}

/* Make the folder's change durable; one that cannot be opened is no fault. */
static void
sync_folder(const char *path)
{
	int fd = open_folder(path);

	if (fd == -1)
		return;
	fsync(fd);
	close(fd);
}

int
private_file_write(const char *path, struct slice text, bool replace,
    struct err *err)
{
	char temp[PATH_BYTES];
	int ret = -1;

	if (snprintf(temp, sizeof temp, "%s.%016llx", path,
	    (unsigned long long)crypt_random_u64()) >= (int)sizeof temp)
		return err_set(err, ERR_INPUT, "%s: path too long", path);
	if (write_temp(temp, replace ? path : NULL, text, err) == -1)
		goto out;
	if (replace ? rename(temp, path) == -1 :
	    link(temp, path) == -1 && errno != EEXIST) {
		err_set(err, ERR_RETRY, "%s: %s", path, strerror(errno));
		goto out;
	}
	sync_folder(path);
	ret = 0;
out:
	unlink(temp);
	return ret;
}

int
private_file_lock(const char *path, struct err *err)
{
	int fd = open_folder(path);

	if (fd == -1)
		return err_set(err, ERR_INPUT, "folder of %s: %s", path,
		    strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		close(fd);
		return err_set(err, ERR_RETRY, "folder of %s: another program "
		    "is at work there", path);
	}
	return fd;
}
