/* Every story below tests/stories is a test. STORY=WORD: only those with it in
 * their path; STORIES=FOLDER: others. Those of tests/stories-that-fail must, each
 * with the words of its first line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/desk/story.h"

#define STORIES_MAX	1000

static struct CMUnitTest tests[STORIES_MAX];
static size_t ntests;
static bool must_fail;

static void	fails(void **state);

static int
add(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *only = getenv("STORY");
	size_t len = strlen(path);

	(void)st;
	(void)ftw;
	if (type != FTW_F || len < 6 || strcmp(path + len - 6, ".story") != 0 ||
	    (only != NULL && strstr(path, only) == NULL))
		return 0;
	if (ntests == STORIES_MAX)
		return 1;
	tests[ntests].name = tests[ntests].initial_state = strdup(path);
	tests[ntests].test_func = must_fail ? fails : story_tell;
	tests[ntests].teardown_func = must_fail ? NULL : story_close;
	ntests++;
	return 0;
}

/* What this program says of the story at path, and how it ends. */
static int
told_apart(const char *path, char *out, size_t size)
{
	int fd[2], status = 0;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	assert_int_equal(pipe(fd), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(fd[1], 1);
		dup2(fd[1], 2);
		setenv("STORIES", path, 1);
		execl("/proc/self/exe", "test_stories", (char *)NULL);
		_exit(99);
	}
	close(fd[1]);
	while (n < size - 1 && (got = read(fd[0], out + n, size - 1 - n)) > 0)
		n += (size_t)got;
	out[n] = '\0';
	close(fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The first line of such a story is "# " and what must be said. */
static void
fails(void **state)
{
	char out[16384], why[200] = "";
	const char *path = *state;
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_non_null(fgets(why, sizeof why, f));
	fclose(f);
	why[strcspn(why, "\n")] = '\0';
	assert_int_equal(told_apart(path, out, sizeof out), 1);
	if (strlen(why) < 3 || strstr(out, why + 2) == NULL ||
	    strstr(out, path) == NULL)
		fail_msg("%s says: %s", path, out);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct CMUnitTest *)a)->name,
	    ((const struct CMUnitTest *)b)->name);
}

int
main(void)
{
	const char *folder = getenv("STORIES");
	size_t i;
	int rc;

	setenv("TZ", "UTC", 1);
	tzset();
	if (nftw(folder == NULL ? "tests/stories" : folder, add, 16,
	    FTW_PHYS) != 0 || ntests == 0) {
		fprintf(stderr, "no stories there\n");
		return 2;
	}
	must_fail = true;
	if (folder == NULL)
		nftw("tests/stories-that-fail", add, 16, FTW_PHYS);
	qsort(tests, ntests, sizeof tests[0], by_name);
	rc = _cmocka_run_group_tests("stories", tests, ntests, NULL, NULL);
	for (i = 0; i < ntests; i++)
		free(tests[i].initial_state);
	return rc;
}
