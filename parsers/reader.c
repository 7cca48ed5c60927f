#include <stdio.h>
#include <stdlib.h>

#include "base/paths.h"
#include "parsers/mail_json.h"
#include "parsers/reader.h"

int
reader_start(size_t mail_size, const struct worker_limits *limits,
    struct worker **worker_out, struct err *err)
{
	const char *program = getenv("CAMPUSDESK_PARSE");
	char path[PATHS_MAX], size[48];
	const char *args[] = { "--zygote", size, NULL };

	if (program == NULL || *program == '\0')
		program = paths_program("campusdesk-parse", path);
	snprintf(size, sizeof size, "--mail-size=%zu", mail_size);
	return worker_start(program, args, limits, worker_out, err);
}

int
reader_read(struct worker *worker, const struct blob *raw, bool alone,
    struct arena *arena, struct mail **mail_out, enum worker_end *end_out,
    struct err *why)
{
	struct buf answer = BUF_INIT(0);	/* its max: the worker's limit */
	int ret;

	ret = worker_ask(worker, raw, alone, &answer, end_out, why);
	if (ret == 0 && *end_out == WORKER_OK && mail_json_load(
	    buf_slice(&answer), blob_size(raw), arena, mail_out, why) == -1) {
		/* nothing more is believed of this child */
		worker_end_run(worker);
		*end_out = WORKER_LIED;
		err_prefix(why, "bad answer");
	}
	buf_free(&answer);
	return ret;
}
