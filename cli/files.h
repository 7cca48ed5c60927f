/* files - copying, setting aside and owning files, for init, backup, restore.
 *
 * Durable    what is written is synced, its folder by files_sync
 * Errors     ERR_INPUT with the file's name */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/crypt.h"
#include "base/err.h"
#include "base/slice.h"

bool	files_exist(const char *path);
/* "/a/b" of "/a/b/c", "." of "c". */
const char *files_folder(struct arena *arena, const char *path);
/* With the folders above it, 0750; one that is there is fine. -1: errno. */
int	files_make_folder(const char *path);
/* A new file; one that is there is an error. */
int	files_write(const char *path, struct slice text, mode_t mode,
	    struct err *err);
int	files_copy(const char *from, const char *to, mode_t mode,
	    struct err *err);
/* A folder with its files and folders, at most 8 deep; links are passed over. */
int	files_copy_tree(struct arena *arena, const char *from, const char *to,
	    struct err *err);
int	files_remove_tree(struct arena *arena, const char *path,
	    struct err *err);
/* fn for each plain file below path, by its name below it, sorted. */
int	files_each(struct arena *arena, const char *path,
	    int (*fn)(const char *name, void *arg, struct err *err),
	    void *arg, struct err *err);
int	files_sha256(const char *path, unsigned char out[CRYPT_SHA256],
	    struct err *err);
int	files_sync(const char *folder, struct err *err);
/* Give path to who owns model, so that the daemon can use what root made; only
 * root can and does. */
void	files_own(const char *path, const char *model);

#endif
