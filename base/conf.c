#include <errno.h>
#include <fcntl.h>
#include <libconfig.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/conf_text.h"
#include "base/text.h"
#include "base/utf8.h"

#define FILE_BYTES_MAX	(1024 * 1024)
#define LIST_MAX	1000
#define PATH_BYTES	256	/* of a setting's path */
#define MODE_OPEN	0026	/* group writes, or others read or write */

struct conf {
	char			*file;
	char			*folder;
	mode_t			 mode;
	enum conf_secrets	 secrets;
	config_t		 lib;
	bool			 read;
};

/* What one value is read with. */
struct reading {
	struct conf	*conf;
	const char	*path;		/* of the group */
	struct arena	*arena;
	struct err	*err;
};

/* ---- the file ---- */

void
conf_close(struct conf **conf)
{
	if (conf == NULL || *conf == NULL)
		return;
	if ((*conf)->read)
		config_destroy(&(*conf)->lib);
	free((*conf)->file);
	free((*conf)->folder);
	free(*conf);
	*conf = NULL;
}

/* A whole small file and its mode. -1: *why says it in words. */
static int
slurp(const char *path, struct buf *out, mode_t *mode_out, const char **why)
{
	struct stat st;
	char piece[4096];
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd == -1 || fstat(fd, &st) == -1) {
		*why = strerror(errno);
	} else if (!S_ISREG(st.st_mode)) {
		*why = "not a plain file";
	} else {
		while ((n = read(fd, piece, sizeof piece)) > 0)
			buf_add(out, piece, (size_t)n);
		*why = n == -1 ? strerror(errno) : "too large";
		*mode_out = st.st_mode;
	}
	explicit_bzero(piece, sizeof piece);
	if (fd != -1)
		close(fd);
	return n == -1 || out->failed ? -1 : 0;
}

static void
wipe(struct buf *buf)
{
	if (buf->p != NULL)
		explicit_bzero(buf->p, buf->len);
	buf_free(buf);
}

static int
parse(struct conf *conf, struct slice text, struct err *err)
{
	struct buf fit = BUF_INIT(2 * FILE_BYTES_MAX);
	const char *fault;
	int ret = -1;

	if (conf_text_prepare(conf->file, text, &fit, err) == -1)
		goto out;
	config_init(&conf->lib);
	conf->read = true;
	if (config_read_string(&conf->lib, buf_str(&fit)) == CONFIG_TRUE) {
		ret = 0;
		goto out;
	}
	fault = config_error_text(&conf->lib);
	if (fault != NULL && strstr(fault, "duplicate") != NULL)
		err_set(err, ERR_INPUT, "%s:%d: this setting is doubled: once "
		    "would be right", conf->file,
		    config_error_line(&conf->lib));
	else
		err_set(err, ERR_INPUT, "%s:%d: %s: NAME = VALUE; would be "
		    "right, texts in \"quotes\", each { [ ( closed", conf->file,
		    config_error_line(&conf->lib),
		    fault == NULL ? "syntax error" : fault);
out:
	wipe(&fit);
	return ret;
}

static char *
folder_of(const char *file)
{
	const char *slash = strrchr(file, '/');

	if (slash == NULL)
		return strdup(".");
	return strndup(file, slash == file ? 1 : (size_t)(slash - file));
}

int
conf_open(const char *file, enum conf_secrets secrets, struct conf **conf_out,
    struct err *err)
{
	struct conf *conf = calloc(1, sizeof *conf);
	struct buf text = BUF_INIT(FILE_BYTES_MAX);
	const char *why;
	int ret = -1;

	if (conf == NULL || (conf->file = strdup(file)) == NULL ||
	    (conf->folder = folder_of(file)) == NULL) {
		err_set(err, ERR_FATAL, "%s: out of memory", file);
		goto out;
	}
	conf->secrets = secrets;
	if (slurp(file, &text, &conf->mode, &why) == -1) {
		err_set(err, ERR_INPUT, "%s: %s: a configuration this program "
		    "may read would be right; `campusdesk init` makes one, "
		    "-c FILE names another", file, why);
		goto out;
	}
	if (parse(conf, buf_slice(&text), err) == -1)
		goto out;
	*conf_out = conf;
	conf = NULL;
	ret = 0;
out:
	conf_close(&conf);
	wipe(&text);
	return ret;
}

/* ---- places ---- */

static config_setting_t *
find(const struct conf *conf, const char *path)
{
	if (*path == '\0')
		return config_root_setting(&conf->lib);
	return config_lookup(&conf->lib, path);
}

bool
conf_has(const struct conf *conf, const char *path)
{
	return find(conf, path) != NULL;
}

size_t
conf_count(const struct conf *conf, const char *path)
{
	config_setting_t *s = find(conf, path);

	return s == NULL ? 0 : (size_t)config_setting_length(s);
}

const char *
conf_name(const struct conf *conf, const char *path, size_t i)
{
	config_setting_t *s = config_setting_get_elem(find(conf, path),
	    (unsigned)i);

	return s == NULL || config_setting_name(s) == NULL ? "" :
	    config_setting_name(s);
}

/* The line of path, or of the nearest group around it. */
static int
line_of(const struct conf *conf, const char *path)
{
	char at[PATH_BYTES];
	config_setting_t *s;
	char *dot;

	snprintf(at, sizeof at, "%s", path);
	for (s = find(conf, at); s == NULL; s = find(conf, at)) {
		dot = strrchr(at, '.');
		if (dot == NULL)
			return 1;
		*dot = '\0';
	}
	return config_setting_is_root(s) ? 1 :
	    (int)config_setting_source_line(s);
}

int
conf_fail(const struct conf *conf, const char *path, struct err *err,
    const char *fmt, ...)
{
	char what[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	return err_set(err, ERR_INPUT, "%s:%d: %s: %s", conf->file,
	    line_of(conf, path), path, what);
}

/* ---- values ---- */

static void *
field(const struct conf_row *row, void *target)
{
	return (char *)target + row->offset;
}

static void
put_text(const struct conf_row *row, void *target, const char *text)
{
	memcpy(field(row, target), &text, sizeof text);
}

static void
put_number(const struct conf_row *row, void *target, int64_t value)
{
	bool as_bool = value != 0;
	int as_int = (int)value;

	if (row->size == sizeof(bool))
		memcpy(field(row, target), &as_bool, sizeof as_bool);
	else if (row->size == sizeof(int))
		memcpy(field(row, target), &as_int, sizeof as_int);
	else
		memcpy(field(row, target), &value, sizeof value);
}

/* Place of word among words ("new all"), or -1. */
static int
word_index(const char *words, const char *word)
{
	size_t len = strlen(word), n;
	int i;

	for (i = 0; *words != '\0'; i++, words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		if (n == len && memcmp(words, word, n) == 0)
			return i;
	}
	return -1;
}

/* A path as the file's folder makes it. */
static const char *
resolve(const struct conf *conf, const char *path, struct arena *arena)
{
	if (*path == '\0' || *path == '/' || strcmp(conf->folder, ".") == 0)
		return arena_strdup(arena, path);
	return arena_printf(arena, "%s/%s", conf->folder, path);
}

static const char *
type_name(const struct conf_row *row)
{
	switch (row->type) {
	case CONF_BOOL:
		return "true or false";
	case CONF_NUMBER:
		return "a whole number";
	case CONF_LIST:
		return "a list of texts, [ \"…\", \"…\" ],";
	case CONF_GROUP:
		return "a group, { … },";
	default:
		return "a text in quotes";
	}
}

static int
wrong_type(struct reading *r, const struct conf_row *row, const char *path)
{
	return conf_fail(r->conf, path, r->err, "wrong type: %s would be right",
	    type_name(row));
}

static int
check_text(struct reading *r, const struct conf_row *row,
    const config_setting_t *s, const char *path, const char *text)
{
	int line = (int)config_setting_source_line(s);
	const char *fault = NULL;

	if (strlen(text) > CONF_TEXT_MAX)
		fault = "too long: up to 4096 bytes would be right";
	else if (text_has_control(slice_of(text)))
		fault = "control character: a text of one line would be right";
	if (fault != NULL)
		return err_set(r->err, ERR_INPUT, "%s:%d: %s: %s",
		    r->conf->file, line, path, fault);
	if (row->fault != NULL && *text != '\0')
		fault = row->fault(text);
	if (fault != NULL)
		return err_set(r->err, ERR_INPUT, "%s:%d: %s: %s (it is "
		    "\"%.80s\")", r->conf->file, line, path, fault, text);
	return 0;
}

static int
read_text(struct reading *r, const struct conf_row *row,
    const config_setting_t *s, const char *path, void *target)
{
	const char *text = config_setting_get_string(s);
	int i;

	if (config_setting_type(s) != CONFIG_TYPE_STRING)
		return wrong_type(r, row, path);
	if (check_text(r, row, s, path, text) == -1)
		return -1;
	if (row->required && *text == '\0')
		return conf_fail(r->conf, path, r->err,
		    "empty: %s would be right", row->help);
	if (row->type == CONF_WORD) {
		i = word_index(row->words, text);
		if (i == -1)
			return conf_fail(r->conf, path, r->err,
			    "\"%s\" is none of its words: one of %s would be "
			    "right", text, row->words);
		put_number(row, target, i);
		return 0;
	}
	put_text(row, target, row->type == CONF_PATH ?
	    resolve(r->conf, text, r->arena) : arena_strdup(r->arena, text));
	return 0;
}

static int
read_number(struct reading *r, const struct conf_row *row,
    const config_setting_t *s, const char *path, void *target)
{
	int type = config_setting_type(s);
	int64_t value = config_setting_get_int64(s);

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
		return wrong_type(r, row, path);
	if (type == CONFIG_TYPE_INT)
		value = config_setting_get_int(s);
	if (value < row->min || value > row->max)
		return conf_fail(r->conf, path, r->err,
		    "%lld is out of range: %lld to %lld%s%s would be right",
		    (long long)value, (long long)row->min, (long long)row->max,
		    row->unit == NULL ? "" : " ",
		    row->unit == NULL ? "" : row->unit);
	put_number(row, target, value);
	return 0;
}

static int
read_list(struct reading *r, const struct conf_row *row,
    const config_setting_t *s, const char *path, void *target)
{
	int type = config_setting_type(s), n = config_setting_length(s), i;
	struct strings list = { NULL, 0 };
	const config_setting_t *e;

	if (type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST)
		return wrong_type(r, row, path);
	if (n > LIST_MAX)
		return conf_fail(r->conf, path, r->err,
		    "too many: up to %d would be right", LIST_MAX);
	list.v = arena_calloc(r->arena, (size_t)n + 1, sizeof *list.v);
	for (i = 0; i < n && list.v != NULL; i++) {
		e = config_setting_get_elem(s, (unsigned)i);
		if (config_setting_type(e) != CONFIG_TYPE_STRING)
			return err_set(r->err, ERR_INPUT, "%s:%d: %s: wrong "
			    "type: %s would be right", r->conf->file,
			    (int)config_setting_source_line(e), path,
			    type_name(row));
		if (check_text(r, row, e, path,
		    config_setting_get_string(e)) == -1)
			return -1;
		list.v[list.n++] = arena_strdup(r->arena,
		    config_setting_get_string(e));
	}
	memcpy(field(row, target), &list, sizeof list);
	return 0;
}

/* ---- secrets ---- */

/* Is file, named at path, a file that only we may touch? Then its text. */
static int
read_secret_file(struct reading *r, const char *path, const char *file,
    struct buf *out)
{
	const char *why;
	mode_t mode = 0;

	if (slurp(file, out, &mode, &why) == -1)
		return conf_fail(r->conf, path, r->err,
		    "%s: %s: a file that this program may read would be right",
		    file, why);
	if ((mode & MODE_OPEN) != 0)
		return conf_fail(r->conf, path, r->err,
		    "%s holds a secret and is open to others (mode %04o): "
		    "chmod 600 would be right", file, (unsigned)mode & 07777);
	while (out->len > 0 && (out->p[out->len - 1] == '\n' ||
	    out->p[out->len - 1] == '\r'))
		out->len--;
	if (out->len == 0)
		return conf_fail(r->conf, path, r->err,
		    "%s is empty: the secret would be right", file);
	return 0;
}

/* The service manager's copy of a secret, where there is one: LoadCredential=
 * of file FOLDER/FILE, or of its whole folder, gives FILE or FOLDER_FILE. */
static const char *
credential(const char *file, struct arena *arena)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY"), *base, *folder, *at;

	if (file == NULL || dir == NULL || dir[0] != '/')
		return file;
	base = strrchr(file, '/');
	base = base == NULL ? file : base + 1;
	folder = base - (base > file);
	while (folder > file && folder[-1] != '/')
		folder--;
	at = arena_printf(arena, "%s/%.*s_%s", dir, base == file ? 0 :
	    (int)(base - 1 - folder), folder, base);
	if (at != NULL && access(at, R_OK) == 0)
		return at;
	at = arena_printf(arena, "%s/%s", dir, base);
	return at != NULL && access(at, R_OK) == 0 ? at : file;
}

/* NAME-file = "…" */
static int
read_named_secret(struct reading *r, const struct conf_row *row,
    const config_setting_t *s, const char *path, void *target)
{
	struct buf text = BUF_INIT(CONF_TEXT_MAX);
	const char *file = config_setting_get_string(s);
	int ret = -1;

	if (config_setting_type(s) != CONFIG_TYPE_STRING)
		return wrong_type(r, row, path);
	if (check_text(r, row, s, path, file) == -1)
		return -1;
	file = resolve(r->conf, file, r->arena);
	if (file == NULL || *file == '\0' ||
	    r->conf->secrets != CONF_SECRETS_READ)
		return 0;
	file = credential(file, r->arena);
	if (read_secret_file(r, path, file, &text) == -1)
		goto out;
	if (text_has_control(buf_slice(&text)) ||
	    !utf8_valid(text.p, text.len)) {
		conf_fail(r->conf, path, r->err, "%s: not one line of text: "
		    "the secret alone would be right", file);
		goto out;
	}
	put_text(row, target, arena_strndup(r->arena, text.p, text.len));
	ret = 0;
out:
	wipe(&text);
	return ret;
}

/* NAME = "…", in the configuration itself */
static int
read_inline_secret(struct reading *r, const struct conf_row *row,
    const config_setting_t *s, const char *path, void *target)
{
	if (config_setting_type(s) != CONFIG_TYPE_STRING)
		return wrong_type(r, row, path);
	if (*config_setting_get_string(s) == '\0')
		return 0;
	if (r->conf->secrets == CONF_SECRETS_REFUSE)
		return conf_fail(r->conf, path, r->err, "this program must not "
		    "see a secret: %s-file = \"FILE\" would be right",
		    row->name);
	if ((r->conf->mode & MODE_OPEN) != 0)
		return conf_fail(r->conf, path, r->err, "%s holds a secret and "
		    "is open to others (mode %04o): chmod 600, or %s-file = "
		    "\"FILE\", would be right", r->conf->file,
		    (unsigned)r->conf->mode & 07777, row->name);
	if (check_text(r, row, s, path, config_setting_get_string(s)) == -1)
		return -1;
	if (r->conf->secrets == CONF_SECRETS_READ)
		put_text(row, target, arena_strdup(r->arena,
		    config_setting_get_string(s)));
	return 0;
}

/* The file is only looked at: who uses it reads it, and may rewrite it. */
static int
read_secret_path(struct reading *r, const struct conf_row *row,
    const config_setting_t *s, const char *path, void *target)
{
	struct buf text = BUF_INIT(FILE_BYTES_MAX);
	const char *file;
	int ret = 0;

	if (config_setting_type(s) != CONFIG_TYPE_STRING)
		return wrong_type(r, row, path);
	file = config_setting_get_string(s);
	if (check_text(r, row, s, path, file) == -1)
		return -1;
	file = resolve(r->conf, file, r->arena);
	put_text(row, target, file);
	if (file != NULL && *file != '\0' &&
	    r->conf->secrets == CONF_SECRETS_READ)
		ret = read_secret_file(r, path, file, &text);
	wipe(&text);
	return ret;
}

/* ---- rows ---- */

static int
read_value(struct reading *r, const struct conf_row *row,
    const config_setting_t *s, const char *path, void *target)
{
	switch (row->type) {
	case CONF_BOOL:
		if (config_setting_type(s) != CONFIG_TYPE_BOOL)
			return wrong_type(r, row, path);
		put_number(row, target, config_setting_get_bool(s));
		return 0;
	case CONF_NUMBER:
		return read_number(r, row, s, path, target);
	case CONF_LIST:
		return read_list(r, row, s, path, target);
	case CONF_SECRET:
		return read_inline_secret(r, row, s, path, target);
	case CONF_SECRET_PATH:
		return read_secret_path(r, row, s, path, target);
	case CONF_GROUP:
		return config_setting_type(s) == CONFIG_TYPE_GROUP ? 0 :
		    wrong_type(r, row, path);
	default:
		return read_text(r, row, s, path, target);
	}
}

/* How many single-letter changes make b of a? Up to 3 is told apart. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[65], n = strlen(b), i, j, left, keep;

	if (n > 64 || strlen(a) > 64)
		return 99;
	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 1; a[i - 1] != '\0'; i++) {
		left = row[0];
		row[0] = i;
		for (j = 1; j <= n; j++) {
			keep = row[j];
			row[j] = left + (a[i - 1] != b[j - 1]);
			if (keep + 1 < row[j])
				row[j] = keep + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			left = keep;
		}
	}
	return row[n];
}

static int
unknown(struct reading *r, const char *path, const char *name,
    const struct conf_row *rows, size_t nrows)
{
	struct buf known = BUF_INIT(160);
	const char *near = NULL;
	size_t i, best = strlen(name) / 3 + 1;
	int ret;

	for (i = 0; i < nrows; i++) {
		buf_addf(&known, "%s%s", i == 0 ? "" : ", ", rows[i].name);
		if (distance(name, rows[i].name) < best) {
			best = distance(name, rows[i].name);
			near = rows[i].name;
		}
	}
	if (near != NULL)
		ret = conf_fail(r->conf, path, r->err,
		    "unknown setting: \"%s\" would be right", near);
	else
		ret = conf_fail(r->conf, path, r->err,
		    "unknown setting: one of %s%s would be right",
		    buf_str(&known), known.failed ? ", …" : "");
	buf_free(&known);
	return ret;
}

/* The row of a setting's name; *named: it is the NAME-file twin of it. */
static const struct conf_row *
row_of(const struct conf_row *rows, size_t nrows, const char *name, bool *named)
{
	size_t i, len;

	for (i = 0; i < nrows; i++) {
		len = strlen(rows[i].name);
		*named = false;
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
		*named = true;
		if (rows[i].type == CONF_SECRET &&
		    strncmp(rows[i].name, name, len) == 0 &&
		    strcmp(name + len, "-file") == 0)
			return &rows[i];
	}
	return NULL;
}

static void
join(char out[PATH_BYTES], const char *group, const char *name)
{
	if (snprintf(out, PATH_BYTES, "%s%s%s", group,
	    *group == '\0' ? "" : ".", name) >= PATH_BYTES)
		out[PATH_BYTES - 1] = '\0';	/* its group's line is told */
}

/* One setting that stands in the file. */
static int
read_setting(struct reading *r, const config_setting_t *s,
    const struct conf_row *rows, size_t nrows, void *target)
{
	const char *name = config_setting_name(s);
	const struct conf_row *row;
	char path[PATH_BYTES], twin[PATH_BYTES];
	bool named;

	join(path, r->path, name);
	row = row_of(rows, nrows, name, &named);
	if (row == NULL)
		return unknown(r, path, name, rows, nrows);
	if (!named)
		return read_value(r, row, s, path, target);
	join(twin, r->path, row->name);
	if (conf_has(r->conf, twin))
		return conf_fail(r->conf, path, r->err, "%s is there too: one "
		    "of the two would be right", row->name);
	return read_named_secret(r, row, s, path, target);
}

/* "staff other": a list with a blank between. */
static void
default_list(const struct conf_row *row, const char *words, void *target,
    struct arena *arena)
{
	struct strings list = { NULL, 0 };
	size_t n;

	list.v = arena_calloc(arena, strlen(words) / 2 + 1, sizeof *list.v);
	for (; *words != '\0' && list.v != NULL; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		list.v[list.n++] = arena_strndup(arena, words, n);
	}
	memcpy(field(row, target), &list, sizeof list);
}

bool
conf_defaults(const struct conf_row *rows, size_t nrows, void *target,
    struct arena *arena)
{
	const char *text;
	size_t i;

	for (i = 0; i < nrows; i++) {
		text = rows[i].fallback == NULL ? "" : rows[i].fallback;
		switch (rows[i].type) {
		case CONF_GROUP:
			break;
		case CONF_BOOL:
			put_number(&rows[i], target, strcmp(text, "true") == 0);
			break;
		case CONF_NUMBER:
			put_number(&rows[i], target, strtoll(text, NULL, 10));
			break;
		case CONF_WORD:
			put_number(&rows[i], target,
			    *text == '\0' ? 0 : word_index(rows[i].words, text));
			break;
		case CONF_LIST:
			default_list(&rows[i], text, target, arena);
			break;
		default:
			put_text(&rows[i], target, arena_strdup(arena, text));
		}
	}
	return !arena_failed(arena);
}

int
conf_read(struct conf *conf, const char *path, const struct conf_row *rows,
    size_t nrows, void *target, struct arena *arena, struct err *err)
{
	struct reading r = { conf, path, arena, err };
	config_setting_t *group = find(conf, path);
	char at[PATH_BYTES];
	int i, n = group == NULL ? 0 : config_setting_length(group);
	size_t k;

	if (group != NULL && config_setting_type(group) != CONFIG_TYPE_GROUP)
		return wrong_type(&r, &(struct conf_row){ .type = CONF_GROUP },
		    path);
	if (!conf_defaults(rows, nrows, target, arena))
		return err_set(err, ERR_FATAL, "%s: out of memory", conf->file);
	for (i = 0; i < n; i++)
		if (read_setting(&r, config_setting_get_elem(group,
		    (unsigned)i), rows, nrows, target) == -1)
			return -1;
	for (k = 0; k < nrows; k++) {
		join(at, path, rows[k].name);
		if (rows[k].required && !conf_has(conf, at))
			return conf_fail(conf, at, err,
			    "missing: %s would be right", rows[k].help);
	}
	if (arena_failed(arena))
		return err_set(err, ERR_FATAL, "%s: out of memory", conf->file);
	return 0;
}
