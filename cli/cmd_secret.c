#include <string.h>

#include "cli/cli.h"

int
cmd_secret(struct cli *cli)
{
	const char *verb = cli_next(cli);
	struct err err = { 0 };
	int code;

	if (verb == NULL || strcmp(verb, "rotate") != 0)
		return cli_usage(cli, "rotate would be right");
	code = cli_done(cli);
	if (code == 0)
		code = cli_open(cli);
	if (code != 0)
		return code;
	if (secret_rotate(cli->settings->secret_file, &err) == -1)
		return cli_err(&err, CLI_NO);
	puts("new key made; a running daemon uses it after its next start");
	return 0;
}
