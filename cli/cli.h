/* cli - what every subcommand gets, and the words they share for printing.
 *
 * A subcommand is one row of the table in subcommands.c and one file cmd_NAME.c.
 * It returns an exit code (contract §2). Everything foreign that is printed goes
 * through cli_text, so that no byte of a mail reaches the terminal raw. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/secret.h"
#include "db/db.h"
#include "desk/act.h"
#include "desk/settings.h"

enum cli_exit {
	CLI_OK = 0,
	CLI_NO = 1,		/* not found, refused, not clean */
	CLI_USAGE = 64,
	CLI_DATA = 65,
	CLI_NOINPUT = 66,
	CLI_UNAVAILABLE = 69,
	CLI_STORE = 70,		/* corrupt, or newer than the program */
	CLI_TEMPFAIL = 75,
	CLI_CONFIG = 78
};

struct cli_command;
struct cli_verb;

struct cli {
	const char		*conf;		/* -c, or the default */
	bool			 conf_given;
	bool			 json;
	bool			 terminal;	/* standard output is one */
	bool			 colour;	/* and may be coloured */
	int			 width;		/* its columns; 0: no bound */
	pid_t			 pager;		/* pager.h; 0: none */
	const char		*as;		/* --as ADDRESS, or NULL */
	const struct cli_command *command;
	const struct cli_verb	*verb;		/* NULL: it has none */
	int			 argc;		/* behind the subcommand, with */
	char			**argv;		/* the global options taken out */
	struct arena		*arena;
	struct settings		*settings;	/* cli_settings() */
	struct secret		*secret;	/* cli_open() */
	struct db		*db;
	struct desk		 desk;		/* ready after cli_open() */
};

int	cmd_ticket_list(struct cli *cli);
int	cmd_ticket_show(struct cli *cli);
int	cmd_ticket_new(struct cli *cli);
int	cmd_ticket_reply(struct cli *cli);
int	cmd_ticket_note(struct cli *cli);
int	cmd_ticket_set(struct cli *cli);
int	cmd_ticket_close(struct cli *cli);
int	cmd_ticket_reopen(struct cli *cli);
int	cmd_ticket_take(struct cli *cli);
int	cmd_ticket_link(struct cli *cli);
int	cmd_ticket_accept(struct cli *cli);
int	cmd_ticket_merge(struct cli *cli);
int	cmd_ticket_incident(struct cli *cli);
int	cmd_ticket_join(struct cli *cli);
int	cmd_ticket_spam(struct cli *cli);
int	cmd_ticket_undo(struct cli *cli);
int	cmd_ticket_mbox(struct cli *cli);
int	cmd_ticket_delete(struct cli *cli);
int	cmd_erase(struct cli *cli);
int	cmd_export(struct cli *cli);
int	cmd_import(struct cli *cli);
int	cmd_staff_list(struct cli *cli);
int	cmd_staff_add(struct cli *cli);
int	cmd_staff_set(struct cli *cli);
int	cmd_staff_remove(struct cli *cli);
int	cmd_person_show(struct cli *cli);
int	cmd_person_merge(struct cli *cli);
int	cmd_list_show(struct cli *cli);
int	cmd_list_set(struct cli *cli);
int	cmd_outbox_list(struct cli *cli);
int	cmd_outbox_retry(struct cli *cli);
int	cmd_outbox_drop(struct cli *cli);
int	cmd_quarantine_list(struct cli *cli);
int	cmd_quarantine_show(struct cli *cli);
int	cmd_quarantine_retry(struct cli *cli);
int	cmd_filed_list(struct cli *cli);
int	cmd_filed_show(struct cli *cli);
int	cmd_filed_ticket(struct cli *cli);
int	cmd_audit_show(struct cli *cli);
int	cmd_audit_verify(struct cli *cli);
int	cmd_secret_rotate(struct cli *cli);
int	cmd_login_link(struct cli *cli);
int	cmd_session_list(struct cli *cli);
int	cmd_session_revoke(struct cli *cli);
int	cmd_stickers(struct cli *cli);
int	cmd_why(struct cli *cli);
int	cmd_stats(struct cli *cli);
int	cmd_init(struct cli *cli);
int	cmd_check(struct cli *cli);
int	cmd_parse(struct cli *cli);
int	cmd_reparse(struct cli *cli);
int	cmd_deliver(struct cli *cli);
int	cmd_reconcile(struct cli *cli);
int	cmd_backup(struct cli *cli);
int	cmd_restore(struct cli *cli);
int	cmd_manual(struct cli *cli);

/* Read the configuration / and open store and secret. 0, or the exit code
 * after saying why. program decides which secrets are read; cli_open alone
 * reads none: who needs a server calls cli_settings before. */
int	cli_settings(struct cli *cli, enum settings_program program);
int	cli_open(struct cli *cli);
/* "campusdesk: …" on standard error; returns code. */
int	cli_fail(int code, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* The same for *err, by its code: ERR_INPUT gives input_code, ERR_RETRY 75,
 * ERR_FATAL 70. */
int	cli_err(const struct err *err, int input_code);
/* How this subcommand is used, on standard error; 64. */
int	cli_usage(const struct cli *cli, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* Take "--NAME VALUE" or "--NAME=VALUE" out of argv: 1 and *value_out, 0 it is
 * not there, -1 it has no value. flag: "--NAME" alone; true when it was there. */
int	cli_option(struct cli *cli, const char *name, const char **value_out);
bool	cli_flag(struct cli *cli, const char *name);
/* The first argument, taken out; NULL: there is none. */
const char *cli_next(struct cli *cli);
/* "1042" or "#1042"; -1: it is not a number (said, with code in *code_out). */
int64_t	cli_number(struct cli *cli, const char *arg, int *code_out);
/* "2026-11-01" is when that day began (end: the next one) here; more exactly
 * "2026-11-01T14:30", with seconds or not, and UTC with a Z behind. */
bool	cli_moment(const char *text, bool end, int64_t *ms_out);
/* Is there an argument left that nobody took, or an unknown option? Then 64. */
int	cli_done(struct cli *cli);
/* The text of the last argument, or of standard input; NULL: said why. */
const char *cli_words(struct cli *cli, int *code_out);

/* Run fn in one transaction; commits when it returns 0. -1 and *err else. */
int	cli_transact(struct cli *cli, int (*fn)(struct cli *cli, void *arg,
	    struct err *err), void *arg, struct err *err);
/* Tell a running daemon that something was committed (requests socket). */
void	cli_wake(struct cli *cli);

/* Foreign text made harmless for a terminal, one line: controls, bidi and
 * invalid bytes become U+FFFD; cut to width columns with … (0: not cut). */
const char *cli_text(struct cli *cli, const char *text, int width);
/* The same for several lines: LF and TAB stay. */
const char *cli_lines(struct cli *cli, const char *text);
const char *cli_time(struct cli *cli, int64_t ms);	/* local; "-" for 0 */
/* One JSON object a line on standard output; takes the reference. */
void	cli_json(json_t *object);
json_t	*cli_json_time(int64_t ms);		/* null for 0 */
json_t	*cli_json_text(const char *text);	/* null for NULL */
/* The objects of `audit show` and `outbox list`. */
struct event;
struct outbox_row;
json_t	*cli_json_event(const struct event *event);
json_t	*cli_json_mail(const struct outbox_row *row);
/* A column of the given width, padded by display columns. */
void	cli_column(struct cli *cli, const char *text, int width);
/* A number as text: "#1042" with mark "#". */
const char *cli_id(struct cli *cli, const char *mark, int64_t number);
/* How text looks: nothing unless the terminal has colours (NO_COLOR has not). */
#define CLI_PLAIN	"\033[0m"
#define CLI_BOLD	"\033[1m"
#define CLI_DIM		"\033[2m"
#define CLI_RED		"\033[31m"
#define CLI_GREEN	"\033[32m"
#define CLI_YELLOW	"\033[33m"
#define CLI_CYAN	"\033[36m"
const char *cli_style(const struct cli *cli, const char *style);
/* Is standard output a terminal, how wide, with colours? */
void	cli_terminal(struct cli *cli);

#endif
