#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/paths.h"

/* The folder of the running program, without a slash at the end. */
static void
own_folder(char out[PATHS_MAX])
{
	ssize_t n = readlink("/proc/self/exe", out, PATHS_MAX - 1);
	char *slash;

	out[n < 0 ? 0 : n] = '\0';
	slash = strrchr(out, '/');
	if (slash != NULL)
		*slash = '\0';
}

/* Bytes at the end of both that are the same whole components. */
static size_t
same_end(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b), n = 0, whole = 0;

	while (n < na && n < nb && a[na - 1 - n] == b[nb - 1 - n]) {
		n++;
		if (a[na - n] == '/')
			whole = n;
	}
	return whole;
}

bool
paths_moved(const char *own, const char *made_own, const char *made_target,
    char out[PATHS_MAX])
{
	size_t same = same_end(own, made_own);
	size_t made = strlen(made_own) - same;
	int n;

	if (same == 0 || strncmp(made_target, made_own, made) != 0 ||
	    made_target[made] != '/')
		return false;
	n = snprintf(out, PATHS_MAX, "%.*s%s", (int)(strlen(own) - same), own,
	    made_target + made);
	return n > 0 && n < PATHS_MAX;
}

/* target/name where it is installed: as far from the running program as
 * it was meant to be, which is right under any prefix and in a copy of the
 * whole; else where it was meant to be. True: it is there. */
static bool
installed(const char *target, const char *name, char out[PATHS_MAX])
{
	static const char *const own[] = { CAMPUSDESK_BINDIR,
	    CAMPUSDESK_SBINDIR, CAMPUSDESK_LIBEXECDIR };
	char folder[PATHS_MAX], meant[PATHS_MAX];
	size_t i;

	own_folder(folder);
	snprintf(meant, sizeof meant, "%s/%s", target, name);
	for (i = 0; i < sizeof own / sizeof own[0]; i++) {
		if (paths_moved(folder, own[i], meant, out) &&
		    access(out, R_OK) == 0)
			return true;
	}
	snprintf(out, PATHS_MAX, "%s", meant);
	return access(out, R_OK) == 0;
}

char *
paths_program(const char *name, char out[PATHS_MAX])
{
	static const char *const targets[] = { CAMPUSDESK_LIBEXECDIR,
	    CAMPUSDESK_BINDIR, CAMPUSDESK_SBINDIR };
	char folder[PATHS_MAX];
	size_t i;
	int n;

	own_folder(folder);
	n = snprintf(out, PATHS_MAX, "%s/%s", folder, name);
	if (n < PATHS_MAX && access(out, X_OK) == 0)
		return out;
	for (i = 0; i < sizeof targets / sizeof targets[0]; i++) {
		if (installed(targets[i], name, out))
			break;
	}
	return out;
}

/* probe of the tree that the program was built in: into out. */
static bool
in_tree(const char *probe, char out[PATHS_MAX])
{
	static const char *const up[] = { "../..", "../../..", "../../../..",
	    "../../../../.." };		/* programs, tests */
	char folder[PATHS_MAX], path[PATHS_MAX + 64];
	size_t i;

	own_folder(folder);
	for (i = 0; i < sizeof up / sizeof up[0]; i++) {
		snprintf(path, sizeof path, "%s/%s/%s", folder, up[i], probe);
		if (access(path, R_OK) == 0 &&
		    snprintf(out, PATHS_MAX, "%s", path) < PATHS_MAX)
			return true;
	}
	return false;
}

static char		templates[PATHS_MAX];
static pthread_once_t	templates_once = PTHREAD_ONCE_INIT;

static void
find_templates(void)
{
	if (in_tree("base/paths.h", templates) &&
	    in_tree("templates/mail", templates))
		templates[strlen(templates) - strlen("/mail")] = '\0';
	else
		installed(CAMPUSDESK_DATADIR, "templates", templates);
}

char *
paths_templates(char out[PATHS_MAX])
{
	pthread_once(&templates_once, find_templates);
	memcpy(out, templates, PATHS_MAX);
	return out;
}

char *
paths_static(char out[PATHS_MAX])
{
	if (!in_tree("webview/static", out))
		installed(CAMPUSDESK_DATADIR, "static", out);
	return out;
}
