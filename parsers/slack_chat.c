#include <string.h>

#include "base/text.h"
#include "parsers/slack_chat.h"

#define MARK_ASK	"\xe2\x9c\x89"
#define MARK_TAKE	"\xf0\x9f\x91\x80"
#define MARK_CLOSE	"\xe2\x9c\x85"

const char *
slack_chat_name(struct arena *arena, const char *channel, const char *ts)
{
	return *ts == '\0' ? NULL : arena_printf(arena, "%s:%s", channel, ts);
}

const char *
slack_chat_ts(const char *name, const char *channel)
{
	size_t n = strlen(channel);

	if (name == NULL || strncmp(name, channel, n) != 0 || name[n] != ':' ||
	    !slack_is_ts(name + n + 1))
		return NULL;
	return name + n + 1;
}

/* "1531420618.000200" */
static int64_t
ms_of(const char *ts)
{
	size_t n = strcspn(ts, ".");
	uint64_t s;

	return text_u64((struct slice){ ts, n }, &s) ? (int64_t)s * 1000 : 0;
}

/* What is said to us is said without our name. */
static const char *
without_name(const char *text, const char *self)
{
	size_t n = strlen(self);
	struct slice rest;

	if (n == 0 || text[0] != '@' || strncmp(text + 1, self, n) != 0 ||
	    text_is_alnum(text[n + 1]))
		return text;
	rest = text_trim(slice_of(text + n + 1));
	return rest.len == 0 ? "" : rest.p;
}

static int
files_of(const struct slack_event *in, struct arena *arena,
    struct chat_event *out)
{
	size_t n = in->nfiles < CHAT_FILES_MAX ? in->nfiles : CHAT_FILES_MAX;
	struct chat_file *v = n == 0 ? NULL : arena_calloc(arena, n,
	    sizeof *v);

	for (size_t i = 0; v != NULL && i < n; i++)
		v[i] = (struct chat_file){
			.name = *in->files[i].name == '\0' ?
			    in->files[i].id : in->files[i].name,
			.type = in->files[i].type,
			.url = in->files[i].url,
			.size = in->files[i].size,
		};
	out->files = v;
	out->nfiles = v == NULL ? 0 : n;
	return 1;
}

static int
said(const struct slack_event *in, const char *self, struct arena *arena,
    struct chat_event *out)
{
	out->what = CHAT_SAYS;
	out->id = slack_chat_name(arena, in->channel, in->ts);
	out->root = slack_chat_name(arena, in->channel, in->thread);
	out->text = without_name(in->text, self);
	out->automatic = *in->bot != '\0';
	out->action = in->emote;
	out->time_ms = ms_of(in->ts);
	return files_of(in, arena, out);
}

/* A link that is unfolded is an edit to Slack, and none to us. */
static int
changed(const struct slack_event *in, const char *self, struct arena *arena,
    struct chat_event *out)
{
	if (*in->before != '\0' && strcmp(in->text, in->before) == 0)
		return 0;
	out->what = CHAT_EDITS;
	out->id = *in->edited == '\0' ? in->key : arena_printf(arena,
	    "edit:%s:%s:%s", in->channel, in->item, in->edited);
	out->target = slack_chat_name(arena, in->channel, in->item);
	out->text = without_name(in->text, self);
	out->automatic = *in->bot != '\0';
	out->action = in->emote;
	return 1;
}

/* Slack does not say who; stopping does no harm. */
static int
deleted(const struct slack_event *in, struct arena *arena,
    struct chat_event *out)
{
	out->what = CHAT_TAKES_BACK;
	out->id = arena_printf(arena, "gone:%s:%s", in->channel, in->item);
	out->target = slack_chat_name(arena, in->channel, in->item);
	out->sender = "";
	return 1;
}

static int
mark(const struct slack_event *in, struct arena *arena, const char *target,
    const char *character, struct chat_event *out)
{
	(void)arena;
	out->what = in->kind == SLACK_UNMARKED ? CHAT_UNMARKS : CHAT_MARKS;
	out->target = target;
	out->mark = character;
	return target != NULL;
}

/* A choice from the menu is the command that says the same. */
static int
choice(const struct slack_event *in, struct arena *arena,
    struct chat_event *out)
{
	const char *colon = strchr(in->value, ':');

	if (colon == NULL || colon[1] == '\0')
		return 0;
	out->what = CHAT_SAYS;
	out->root = slack_chat_name(arena, in->channel, *in->thread != '\0' ?
	    in->thread : in->item);
	out->text = arena_printf(arena, "!category %s", colon + 1);
	return out->root != NULL;
}

static int
click(const struct slack_event *in, struct arena *arena,
    struct chat_event *out)
{
	const char *item = slack_chat_name(arena, in->channel, in->item);

	if (strcmp(in->action, SLACK_TAKE) == 0)
		return mark(in, arena, item, MARK_TAKE, out);
	if (strcmp(in->action, SLACK_CLOSE) == 0)
		return mark(in, arena, item, MARK_CLOSE, out);
	if (strcmp(in->action, SLACK_CATEGORY) == 0)
		return choice(in, arena, out);
	if (strcmp(in->action, SLACK_SEND) == 0 ||
	    strcmp(in->action, SLACK_SEND_WAIT) == 0)
		return mark(in, arena, slack_chat_ts(in->value, in->channel) ==
		    NULL ? NULL : in->value, MARK_ASK, out);
	return 0;
}

/* What a form says, as a person would write it. */
static int
report(const struct slack_event *in, struct arena *arena,
    struct chat_event *out)
{
	out->what = CHAT_SAYS;
	out->text = arena_printf(arena, "%s%s%s%s%s%s%s",
	    *in->category == '\0' ? "" : "!category ", in->category,
	    *in->category == '\0' ? "" : "\n",
	    *in->location == '\0' ? "" : "!location ", in->location,
	    *in->location == '\0' ? "" : "\n", in->text);
	return 1;
}

int
slack_chat(const struct slack_event *in, const char *self,
    struct arena *arena, struct chat_event *event_out)
{
	struct chat_event e = { .id = in->key, .room = in->channel,
	    .sender = in->user, .text = "" };
	int rc = 0;

	switch (in->kind) {
	case SLACK_SAID:
		rc = said(in, self, arena, &e);
		break;
	case SLACK_CHANGED:
		rc = changed(in, self, arena, &e);
		break;
	case SLACK_DELETED:
		rc = deleted(in, arena, &e);
		break;
	case SLACK_MARKED:
	case SLACK_UNMARKED:
		rc = mark(in, arena, slack_chat_name(arena, in->channel,
		    in->item), in->mark, &e);
		break;
	case SLACK_CLICK:
		rc = click(in, arena, &e);
		break;
	case SLACK_COMMAND:
	case SLACK_FORM:
		rc = report(in, arena, &e);
		break;
	case SLACK_NOTHING:
	case SLACK_CHALLENGE:
	case SLACK_SSL_CHECK:
	case SLACK_LIMITED:
		break;
	}
	if (rc != 1 || arena_failed(arena))
		return 0;
	*event_out = e;
	return 1;
}
