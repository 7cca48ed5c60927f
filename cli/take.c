#include "cli/take.h"
#include "parsers/reader.h"

#define HEADER_MAX	((size_t)256 * 1024)	/* bytes looked at */

int
take_start(const struct settings_limits *limits, struct worker **worker_out,
    struct err *err)
{
	struct worker_limits wl = {
		.seconds = limits == NULL ? 10 : limits->parse_seconds,
		.memory = limits == NULL ? (size_t)256 * 1024 * 1024 :
		    (size_t)limits->parse_memory,
		.answer = (size_t)64 * 1024 * 1024,
		.run = 1,
	};
	size_t size = limits == NULL ? mail_limits_default.mail :
	    (size_t)limits->mail_size;

	return reader_start(size, &wl, worker_out, err);
}

int
take_read_by(struct cli *cli, struct worker *worker, const struct blob *raw,
    struct mail **mail_out, const char **fault_out, struct err *err)
{
	struct mail *mail = NULL;
	enum worker_end end = WORKER_OK;
	int try, rc = 0;

	for (try = 0; try < TAKE_TRIES && mail == NULL && rc == 0; try++) {
		rc = reader_read(worker, raw, true, cli->arena, &mail, &end,
		    err);
		if (rc == 0 && end != WORKER_OK)
			mail = NULL;
	}
	if (rc == -1)
		return -1;
	if (mail == NULL)
		*fault_out = arena_strdup(cli->arena, err->msg);
	*mail_out = mail;
	return 0;
}

int
take_read(struct cli *cli, const struct blob *raw,
    const struct settings_limits *limits, struct mail **mail_out,
    const char **fault_out, struct err *err)
{
	struct worker *worker = NULL;
	int rc;

	if (take_start(limits, &worker, err) == -1)
		return -1;
	rc = take_read_by(cli, worker, raw, mail_out, fault_out, err);
	worker_stop(&worker);
	return rc;
}

int
take_header(struct cli *cli, const struct blob *raw, struct mail **mail_out,
    struct err *err)
{
	size_t n = blob_size(raw) < HEADER_MAX ? blob_size(raw) : HEADER_MAX;
	char *head = arena_alloc(cli->arena, n + 1);

	if (head == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	if (blob_read(raw, 0, head, n, err) == -1)
		return -1;
	return mail_parse_header((struct slice){ head, n }, cli->arena,
	    mail_out, err);
}
