/* campusdeskd - takes helpdesk mail in, decides, sends out. This file: flags,
 * settings, lock, store, secret, start, wait. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/flags.h"
#include "base/log.h"
#include "base/sdnotify.h"
#include "base/secret.h"
#include "daemon/service.h"
#include "db/db.h"
#include "desk/keys.h"
#include "desk/settings.h"

#define STOP_SECONDS	10	/* then the process ends, come what may */

enum exit_code { EXIT_OK = 0, EXIT_STORE = 70,
	EXIT_LATER = 75, EXIT_SETTINGS = 78 };

static enum exit_code
fail(enum exit_code code, const struct err *err)
{
	fprintf(stderr, "campusdeskd: %s\n", err->msg);
	return code;
}

static enum exit_code
store_code(const struct err *err)
{
	return err->code == ERR_RETRY ? EXIT_LATER : EXIT_STORE;
}

/* Every thread started later inherits the mask: signals come to wait(). */
static void
block_signals(sigset_t *set_out)
{
	sigemptyset(set_out);
	sigaddset(set_out, SIGTERM);
	sigaddset(set_out, SIGINT);
	sigaddset(set_out, SIGHUP);
	pthread_sigmask(SIG_BLOCK, set_out, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void
wait_for_end(struct service *service, const sigset_t *set)
{
	int sig;

	for (;;) {
		if (sigwait(set, &sig) != 0)
			continue;
		if (sig != SIGHUP)
			return;
		service_reload(service);
	}
}

/* Start, say so, wait, stop. The settings are the service's. */
static enum exit_code
serve(struct settings *settings, const struct secret *secret,
    const sigset_t *set)
{
	struct service *service;
	struct err err = { 0 };

	if (service_start(settings, secret, &service, &err) == -1)
		return fail(store_code(&err), &err);
	log_at(LOG_INFO, "main", "ready", LOG_S("version",
	    CAMPUSDESK_VERSION));
	sdnotify("READY=1");
	wait_for_end(service, set);
	sdnotify("STOPPING=1");
	log_msg(LOG_INFO, "main", "stopping");
	alarm(STOP_SECONDS - 1);
	if (!service_stop(&service))
		_exit(EXIT_OK);		/* nothing durable is lost by it */
	log_msg(LOG_INFO, "main", "stopped");
	return EXIT_OK;
}

/* Lock, store, secret: each before the next may be touched. */
static enum exit_code
open_and_serve(struct settings *settings, const sigset_t *set)
{
	struct db_lock *lock = NULL;
	struct secret *secret = NULL;
	struct db *db = NULL;
	struct err err = { 0 };
	enum exit_code code;

	if (db_lock_daemon(settings->store_url, &lock, &err) == -1 ||
	    db_open(settings->store_url, DB_WRITE, &db, &err) == -1) {
		code = fail(store_code(&err), &err);
		settings_free(&settings);
	} else if (keys_load(db, settings, &secret, &err) == -1) {
		code = fail(err.code == ERR_INPUT ? EXIT_SETTINGS :
		    store_code(&err), &err);
		settings_free(&settings);
	} else {
		db_close(&db);	/* made or migrated; each thread has its own */
		code = serve(settings, secret, set);
	}
	secret_free(&secret);
	db_close(&db);
	db_unlock_daemon(&lock);
	return code;
}

/* Passwords, tokens and keys stay out of core files. The limit alone would not
 * do where a program takes them (core(5)). */
static void
leave_no_core(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int
main(int argc, char **argv)
{
	static const struct flags flags = { "campusdeskd",
	    "takes helpdesk mail in, decides, sends out" };
	struct settings *settings;
	struct err err = { 0 };
	const char *file;
	sigset_t set;
	int code;

	if (!flags_read(&flags, argc, argv, &file, &code))
		return code;
	umask(0027);
	leave_no_core();
	block_signals(&set);
	if (settings_load(file, SETTINGS_DAEMON, &settings, &err) == -1) {
		fprintf(stderr, "%s\n", err.msg);
		return EXIT_SETTINGS;
	}
	log_setup(settings->log_level, settings->log_json);
	return open_and_serve(settings, &set);
}
