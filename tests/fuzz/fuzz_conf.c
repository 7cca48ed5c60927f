/* A configuration of any bytes: read, or refused with a line of this file; what
 * is read keeps its bounds and leaves no pointer NULL. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "desk/settings.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 forgets the text before a syntax error: a few bytes, once, of
 * a program that then says so and ends. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig\n";
}

static void
check_settings(const struct settings *s)
{
	size_t i, k;

	assert(*s->name != '\0' && strchr(s->address, '@') != NULL);
	assert(s->ncategories > 0 && s->store_path != NULL);
	assert(settings_category(s, s->default_category) != NULL);
	assert(settings_is_ours(s, s->address));
	assert(s->limits.mail_size >= 1024 && s->limits.parse_run >= 1);
	for (i = 0; i < s->nmailboxes; i++) {
		const struct settings_mailbox *m = &s->mailboxes[i];

		assert(m->server.port > 0 && m->server.port < 65536);
		assert(*m->server.host != '\0' && *m->folder != '\0');
		assert(m->server.password != NULL && m->after_folder != NULL);
		assert(*m->category == '\0' ||
		    settings_category(s, m->category) != NULL);
	}
	for (i = 0; i < s->ncategories; i++)
		for (k = 0; k < s->categories[i].keywords.n; k++)
			assert(s->categories[i].keywords.v[k] != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("conf", MFD_CLOEXEC);
	struct settings *s = NULL;
	struct err err = { 0 };
	char path[64];
	int ret;

	assert(fd != -1 && fchmod(fd, 0600) == 0);
	if (size > 65536 || write(fd, data, size) != (ssize_t)size) {
		close(fd);
		return 0;
	}
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	/* files that the input names are never opened */
	ret = settings_load(path, SETTINGS_NO_SECRETS, &s, &err);
	if (ret == 0) {
		check_settings(s);
		settings_free(&s);
	} else {
		assert(err.code == ERR_INPUT && s == NULL);
		assert(strncmp(err.msg, path, strlen(path)) == 0);
		assert(err.msg[strlen(path)] == ':');
	}
	close(fd);
	return 0;
}
