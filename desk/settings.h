/* settings - the configuration of contract §1 as a struct, for all programs.
 *
 * One table row per option (settings.c) over base/conf (libconfig). Strings
 * that are not set are "", never NULL. Seconds and bytes as in the contract. */
#ifndef DESK_SETTINGS_H
#define DESK_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/server.h"
#include "desk/hours.h"
#include "parsers/location.h"

enum settings_program {		/* who loads: which secrets are read */
	SETTINGS_DAEMON, SETTINGS_WEB, SETTINGS_CLI, SETTINGS_NO_SECRETS
};
enum settings_auto { AUTO_FILE, AUTO_TICKET };
enum settings_after { AFTER_SEEN, AFTER_KEEP, AFTER_MOVE };
enum settings_envelope { ENVELOPE_DESK, ENVELOPE_VERP, ENVELOPE_NULL_AUTO };
enum settings_proof { PROOF_AUTO, PROOF_TOKEN, PROOF_VERIFIED, PROOF_BOTH,
	PROOF_NONE };
enum settings_say { SAY_ASK, SAY_REPLY, SAY_NOTE };

struct settings_mailbox {
	const char		*name;
	struct server		 server;
	const char		*folder;
	bool			 start_all;
	enum settings_after	 after;
	const char		*after_folder;
	bool			 idle;
	int			 poll_interval;
	const char		*category;	/* "" none */
	enum settings_auto	 automatic;
	const char		*authserv_id;	/* "" for "none" */
	struct strings		 received_by;
};

struct settings_smtp {
	bool			 present;
	struct server		 server;
	int			 connections, retry_first, retry_for;
	int			 retry_unknown_after, per_minute;
	int64_t			 attach_limit;
	enum settings_envelope	 envelope;
};

struct settings_targets {	/* seconds of business hours; 0 none */
	int64_t	first_response, resolve;
};

struct settings_category {
	const char		*name, *title, *address, *chat;
	struct strings		 keywords, notify;
	enum settings_say	 chat_thread, mail_reply;
	bool			 send_as;
	struct settings_targets	 targets[4];	/* by enum ticket_priority */
};

struct settings_limits {
	int64_t	mail_size, parse_memory;
	int	parse_seconds, parse_run;
	int	auto_mail_per_hour, auto_mail_per_day;
	int	unproven_acks_per_hour, login_mails_per_hour;
	int	tickets_per_sender_per_hour;
	int	flood_tickets, flood_window;
	int	similar_reports, similar_window;
};

struct settings_chat {		/* slack and matrix */
	bool		 present;
	const char	*bot_token, *signing_secret, *app_token;
	const char	*mode, *api;
	const char	*homeserver, *access_token, *user_address;
	struct strings	 invite_from;
};

struct settings_web {
	bool		 present;
	const char	*listen, *login_domain, *base;
	struct strings	 login, trusted_proxies, metrics_from;
};

struct settings {
	const char		*file;		/* as given */
	const char		*directory;	/* of the file; templates live in
						 * directory/templates */
	const char		*name, *address, *domain;	/* desk.* ;
						 * domain: after the @ */
	bool			 subaddressing;
	const char		*url, *time_zone, *locale;
	const char		*store_url, *store_path;
	const char		*secret_file;
	struct settings_mailbox	*mailboxes;
	size_t			 nmailboxes;
	struct settings_smtp	 smtp;
	struct settings_category *categories;	/* never empty */
	size_t			 ncategories;
	const char		*default_category;
	const char		*canned_dir, *locations_file;
	struct strings		 hours_days, hours_holidays;
	const char		*hours_calendar_file;
	int			 canary_interval, canary_warn_after;	/* 0 off */
	struct settings_chat	 slack, matrix;
	const char		*webhook_listen;
	struct settings_web	 web;
	struct settings_limits	 limits;
	enum settings_proof	 staff_proof;
	int			 chat_undo_seconds, reopen_days;
	int			 remind_waiting_days, autoclose_waiting_days;
	int			 keep_raw_days;
	enum log_level		 log_level;
	bool			 log_json;
	const struct locations	*locations;	/* of locations-file; NULL none
						 * (and for the web view) */
	struct arena		*arena;		/* holds all of it */
	const struct hours	*hours;		/* NULL: always open (and for
						 * the web view) */
	struct arena		*files;		/* holds these two */
};

/* Read and check file for program. -1: err->code ERR_INPUT and err->msg
 * "FILE:LINE: what is wrong, and what would be right" (exit code 78);
 * only the first fault is reported. */
int	settings_load(const char *file, enum settings_program program,
	    struct settings **settings_out, struct err *err);
/* The defaults of contract §1 with this desk address: for tests and tools. */
struct settings *settings_default(const char *address, const char *store_path);
void	settings_free(struct settings **settings);	/* wipes secrets */

/* The option table, group by group, for the manual. */
struct settings_section {
	const char		*path;	/* "smtp", "mailbox.NAME"; "": none */
	const struct conf_row	*rows;
	size_t			 n;
	const char		*what;
};
const struct settings_section *settings_sections(size_t *n_out);

/* NULL when there is none of that name. */
const struct settings_category *settings_category(const struct settings *s,
	    const char *name);
const struct settings_mailbox *settings_mailbox(const struct settings *s,
	    const char *name);
/* Is this one of the desk's own addresses (desk, categories, with or without
 * sub-address)? Without regard to case. */
bool	settings_is_ours(const struct settings *s, const char *address);

#endif
