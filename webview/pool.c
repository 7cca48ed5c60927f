#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "webview/pool.h"

#define KEPT	8

struct pool {
	const char	*url, *path;
	pthread_mutex_t	 lock;
	struct pooled	 idle[KEPT];
	int		 n;
};

static void
end(struct pooled *pooled)
{
	kept_free(&pooled->kept);
	db_close(&pooled->db);
}

struct pool *
pool_new(const char *url, const char *path)
{
	struct pool *pool = calloc(1, sizeof *pool);

	if (pool == NULL)
		return NULL;
	pool->url = url;
	pool->path = path;
	pthread_mutex_init(&pool->lock, NULL);
	return pool;
}

void
pool_free(struct pool **pool)
{
	if (*pool == NULL)
		return;
	for (int i = 0; i < (*pool)->n; i++)
		end(&(*pool)->idle[i]);
	pthread_mutex_destroy(&(*pool)->lock);
	free(*pool);
	*pool = NULL;
}

static int
open_one(const struct pool *pool, struct pooled *pooled, struct err *err)
{
	if (db_open(pool->url, DB_READ, &pooled->db, err) == -1)
		return -1;
	db_patience(pooled->db, POOL_PATIENCE_MS);
	pooled->kept = kept_new();
	return 0;
}

int
pool_take(struct pool *pool, struct pooled *pooled_out, struct err *err)
{
	struct pooled pooled = { 0 };
	struct stat st;

	if (stat(pool->path, &st) == -1)
		return err_set(err, ERR_RETRY, "store %s: %s", pool->path,
		    strerror(errno));
	pthread_mutex_lock(&pool->lock);
	if (pool->n > 0)
		pooled = pool->idle[--pool->n];
	pthread_mutex_unlock(&pool->lock);
	if (pooled.db != NULL && (pooled.device != st.st_dev ||
	    pooled.inode != st.st_ino))
		end(&pooled);
	if (pooled.db == NULL && open_one(pool, &pooled, err) == -1)
		return -1;
	pooled.device = st.st_dev;
	pooled.inode = st.st_ino;
	if (db_begin(pooled.db, err) == -1) {
		end(&pooled);
		return -1;
	}
	*pooled_out = pooled;
	return 0;
}

void
pool_give(struct pool *pool, struct pooled *pooled, bool good)
{
	db_rollback(pooled->db);
	pthread_mutex_lock(&pool->lock);
	if (good && pool->n < KEPT) {
		pool->idle[pool->n++] = *pooled;
		*pooled = (struct pooled){ 0 };
	}
	pthread_mutex_unlock(&pool->lock);
	end(pooled);
}
