/* under_filter FILE PROGRAM ARGUMENT… - a program as systemd runs it whose unit
 * has SystemCallFilter=: FILE names the system calls that are allowed, one a
 * line; any other one ends the process with SIGSYS. Names that this machine
 * does not know are passed over, as there. */
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int
allow(scmp_filter_ctx ctx, FILE *names)
{
	char line[128];
	int call, rc = 0;

	while (rc == 0 && fgets(line, sizeof line, names) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		call = seccomp_syscall_resolve_name(line);
		if (call >= 0)
			rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 0);
	}
	return rc;
}

int
main(int argc, char **argv)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	FILE *names;

	if (argc < 3 || ctx == NULL)
		return 64;
	names = fopen(argv[1], "r");
	if (names == NULL || allow(ctx, names) != 0) {
		fprintf(stderr, "under_filter: %s: no list\n", argv[1]);
		return 1;
	}
	fclose(names);
	if (seccomp_load(ctx) != 0) {
		fprintf(stderr, "under_filter: cannot be put on\n");
		return 1;
	}
	seccomp_release(ctx);
	execv(argv[2], argv + 2);
	perror(argv[2]);
	return 1;
}
