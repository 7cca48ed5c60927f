#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/paths.h"

static const struct {
	const char	*own, *made_own, *made_target;
	const char	*want;		/* NULL: cannot be told */
} moved[] = {
	/* another prefix, a deeper and a shallower one */
	{ "/usr/bin", "/usr/local/bin", "/usr/local/share/campusdesk",
	    "/usr/share/campusdesk" },
	{ "/opt/a/b/sbin", "/usr/sbin", "/usr/libexec/campusdesk/x",
	    "/opt/a/b/libexec/campusdesk/x" },
	/* from the folder of the parser */
	{ "/usr/libexec/campusdesk", "/usr/local/libexec/campusdesk",
	    "/usr/local/bin/campusdesk", "/usr/bin/campusdesk" },
	/* a copy of the whole below a folder: DESTDIR */
	{ "/tmp/dest/usr/bin", "/usr/bin", "/usr/share", "/tmp/dest/usr/share" },
	/* where it was meant to be */
	{ "/usr/bin", "/usr/bin", "/usr/share", "/usr/share" },
	/* only whole components count: sbin is not bin */
	{ "/usr/sbin", "/usr/bin", "/usr/share", NULL },
	{ "/usr/xbin", "/usr/bin", "/usr/share", NULL },
	/* a target that is not below what is exchanged */
	{ "/usr/bin", "/usr/local/bin", "/srv/share", NULL },
	{ "/usr/bin", "/usr/local/bin", "/usr/localshare", NULL },
	{ "/usr/bin", "/usr/local/bin", "/usr", NULL },
	/* no folder at all */
	{ "", "/usr/bin", "/usr/share", NULL },
	{ "/usr/bin", "", "/usr/share", NULL },
};

static void
test_moved(void **state)
{
	char out[PATHS_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof moved / sizeof moved[0]; i++) {
		bool told = paths_moved(moved[i].own, moved[i].made_own,
		    moved[i].made_target, out);

		assert_int_equal(told, moved[i].want != NULL);
		if (told)
			assert_string_equal(out, moved[i].want);
	}
}

static void
test_moved_too_long(void **state)
{
	static char own[PATHS_MAX];
	char out[PATHS_MAX];

	(void)state;
	memset(own, 'a', sizeof own - 1);
	own[0] = '/';
	memcpy(own + sizeof own - 5, "/bin", 5);
	assert_true(paths_moved(own, "/usr/bin", "/usr/x", out));
	assert_false(paths_moved(own, "/usr/bin", "/usr/share", out));
}

static void
test_in_tree(void **state)
{
	char out[PATHS_MAX];

	(void)state;
	assert_int_equal(access(paths_program("test_paths", out), X_OK), 0);
	assert_non_null(strstr(paths_templates(out), "/templates"));
	assert_int_equal(chdir(out), 0);
	assert_int_equal(access("mail/en_US", R_OK), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_moved_too_long),
		cmocka_unit_test(test_in_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
