#include <sys/stat.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "db/writers.h"

struct writers {
	struct writers	*next;
	dev_t		 dev;
	ino_t		 ino;
	int		 users;
	pthread_cond_t	 turn;
	uint64_t	 drawn, served;	/* as in a shop: numbers, and whose */
	bool		 inside;
	pthread_t	 owner;
	atomic_int	 log;		/* pages */
};

/* One per process by their nature; lock guards all of it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct writers *all;

int
writers_join(const char *path, struct writers **writers_out, struct err *err)
{
	struct writers *w;
	struct stat st;

	if (stat(path, &st) != 0)
		return err_set(err, ERR_FATAL, "store %s: %s", path,
		    strerror(errno));
	pthread_mutex_lock(&lock);
	for (w = all; w != NULL; w = w->next)
		if (w->dev == st.st_dev && w->ino == st.st_ino)
			break;
	if (w == NULL) {
		w = calloc(1, sizeof *w);
		if (w != NULL) {
			w->dev = st.st_dev;
			w->ino = st.st_ino;
			pthread_cond_init(&w->turn, NULL);
			w->next = all;
			all = w;
		}
	}
	if (w != NULL)
		w->users++;
	pthread_mutex_unlock(&lock);
	if (w == NULL)
		return err_set(err, ERR_RETRY, "store: out of memory");
	*writers_out = w;
	return 0;
}

void
writers_leave(struct writers **writers)
{
	struct writers **at, *w;

	if (writers == NULL || *writers == NULL)
		return;
	w = *writers;
	*writers = NULL;
	pthread_mutex_lock(&lock);
	if (--w->users > 0)
		w = NULL;
	for (at = &all; w != NULL && *at != w; at = &(*at)->next)
		;
	if (w != NULL)
		*at = w->next;
	pthread_mutex_unlock(&lock);
	if (w != NULL) {
		pthread_cond_destroy(&w->turn);
		free(w);
	}
}

int
writers_enter(struct writers *writers, struct err *err)
{
	uint64_t number;

	pthread_mutex_lock(&lock);
	if (writers->inside && pthread_equal(writers->owner, pthread_self())) {
		pthread_mutex_unlock(&lock);
		return err_set(err, ERR_FATAL,
		    "store: a second transaction in one thread");
	}
	number = writers->drawn++;
	while (number != writers->served)
		pthread_cond_wait(&writers->turn, &lock);
	writers->inside = true;
	writers->owner = pthread_self();
	pthread_mutex_unlock(&lock);
	return 0;
}

void
writers_exit(struct writers *writers)
{
	pthread_mutex_lock(&lock);
	writers->inside = false;
	writers->served++;
	pthread_cond_broadcast(&writers->turn);
	pthread_mutex_unlock(&lock);
}

void
writers_log_is(struct writers *writers, int pages)
{
	writers->log = pages;
}

int
writers_log(const struct writers *writers)
{
	return writers->log;
}
