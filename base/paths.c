#include <limits.h>
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

char *
paths_program(const char *name, char out[PATHS_MAX])
{
	static const char *const installed[] = { CAMPUSDESK_LIBEXECDIR,
	    CAMPUSDESK_BINDIR, CAMPUSDESK_SBINDIR };
	char folder[PATHS_MAX];
	size_t i;
	int n;

	own_folder(folder);
	n = snprintf(out, PATHS_MAX, "%s/%s", folder, name);
	if (n < PATHS_MAX && access(out, X_OK) == 0)
		return out;
	for (i = 0; i < sizeof installed / sizeof installed[0]; i++) {
		snprintf(out, PATHS_MAX, "%s/%s", installed[i], name);
		if (access(out, X_OK) == 0)
			break;
	}
	return out;
}

char *
paths_templates(char out[PATHS_MAX])
{
	static const char *const up[] = { "../..", "../../..", "../../../..",
	    "../../../../.." };		/* programs, tests */
	char folder[PATHS_MAX], probe[PATHS_MAX + 64];
	size_t i;

	own_folder(folder);
	for (i = 0; i < sizeof up / sizeof up[0]; i++) {
		snprintf(probe, sizeof probe, "%s/%s/templates/mail", folder,
		    up[i]);
		if (access(probe, R_OK) != 0)
			continue;
		probe[strlen(probe) - strlen("/mail")] = '\0';
		if (snprintf(out, PATHS_MAX, "%s", probe) < PATHS_MAX)
			return out;
	}
	snprintf(out, PATHS_MAX, "%s/templates", CAMPUSDESK_DATADIR);
	return out;
}
