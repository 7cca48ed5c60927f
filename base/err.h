/* err - the one shape of failure: code says what to DO next, msg says why.
 * Fallible functions take err last, return -1, leave every *_out untouched. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_code {
	ERR_NONE = 0,
	ERR_RETRY,	/* nothing is wrong with the input: come back later */
	ERR_INPUT,	/* it can never work: tell whoever sent it */
	ERR_FATAL	/* our fault or our disk's: stop, be restarted */
};

#define ERR_MSG_MAX 400		/* bytes, with the NUL */

struct err {
	enum err_code	code;
	char		msg[ERR_MSG_MAX];	/* one line, no control bytes */
};

/* Fill *err; always -1, so failing is one line: return err_set(...);
 * Control characters in the result become '?', a cut never splits UTF-8.
 * err may be NULL (a clean-up path whose failure changes nothing). */
int	err_set(struct err *err, enum err_code code, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* Put "prefix: " before the message that is there; code stays; always -1. */
int	err_prefix(struct err *err, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#ifdef __clang_analyzer__	/* it does not look into err.c: tell it */
#define err_set(...)	(err_set(__VA_ARGS__), -1)
#define err_prefix(...)	(err_prefix(__VA_ARGS__), -1)
#endif

#endif
