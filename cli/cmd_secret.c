#include "cli/cli.h"

int
cmd_secret_rotate(struct cli *cli)
{
	struct err err = { 0 };
	int code = cli_done(cli);

	if (code == 0)
		code = cli_open(cli);
	if (code != 0)
		return code;
	if (secret_rotate(cli->settings->secret_file, &err) == -1)
		return cli_err(&err, CLI_NO);
	puts("new key made; a running daemon uses it after its next start");
	return 0;
}
