#include <getopt.h>
#include <stdio.h>

#include "base/flags.h"
#include "base/paths.h"

#define USAGE	64

static void
help(const struct flags *flags)
{
	printf("usage: %s [-c FILE]\n\n%s\n\n"
	    "options:\n"
	    "  -c FILE    the configuration; default %s\n"
	    "  --help     this\n"
	    "  --version  which version this is\n\n"
	    "It runs in the foreground, logs to standard error, says `ready`, "
	    "and ends on\nSIGTERM or SIGINT. %s(8) says more.\n\n"
	    "example:\n  %s -c %s\n", flags->program, flags->what,
	    PATHS_CONFIGURATION, flags->program, flags->program,
	    PATHS_CONFIGURATION);
}

bool
flags_read(const struct flags *flags, int argc, char **argv,
    const char **file_out, int *code_out)
{
	static const struct option longs[] = { { "help", 0, NULL, 'h' },
	    { "version", 0, NULL, 'v' }, { NULL, 0, NULL, 0 } };
	const char *file = PATHS_CONFIGURATION;
	int c;

	*code_out = 0;
	while ((c = getopt_long(argc, argv, "c:h", longs, NULL)) != -1) {
		if (c == 'c') {
			file = optarg;
		} else if (c == 'h') {
			help(flags);
			return false;
		} else if (c == 'v') {
			printf("%s %s\n", flags->program, CAMPUSDESK_VERSION);
			return false;
		} else {
			*code_out = USAGE;
		}
	}
	if (optind != argc) {
		fprintf(stderr, "%s: what is %s?\n", flags->program,
		    argv[optind]);
		*code_out = USAGE;
	}
	if (*code_out != 0) {
		fprintf(stderr, "usage: %s [-c FILE]; --help says more\n",
		    flags->program);
		return false;
	}
	*file_out = file;
	return true;
}
