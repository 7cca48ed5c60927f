#include "base/text.h"
#include "base/utf8.h"
#include "parsers/command.h"

/* Each says whether args, 1..200 bytes without controls, has its form. */
static bool	form_text(struct slice args);
static bool	form_status(struct slice args);
static bool	form_priority(struct slice args);
static bool	form_due(struct slice args);
static bool	form_tag(struct slice args);
static bool	form_address(struct slice args);
static bool	form_number(struct slice args);
static bool	form_word(struct slice args);
static bool	form_rate(struct slice args);

enum arity { NEVER, MAY, MUST };
#define OF_IT	(COMMAND_STAFF | COMMAND_REQUESTER)

static const struct verb {
	struct command_info	 info;
	enum arity		 args;
	bool			(*form)(struct slice args);
} verbs[COMMAND_NVERB] = {
	[COMMAND_TAKE] = { { "take", COMMAND_STAFF, "",
	    "the ticket is yours" }, NEVER, NULL },
	[COMMAND_ASSIGN] = { { "assign", COMMAND_STAFF, "NAME|none",
	    "it is theirs: an address, the part before the @, or a name" },
	    MUST, form_text },
	[COMMAND_STATUS] = { { "status", COMMAND_STAFF,
	    "open|active|waiting|closed", "where it stands" },
	    MUST, form_status },
	[COMMAND_CLOSE] = { { "close", OF_IT, "[TEXT]",
	    "it is done; the text is a last answer" }, MAY, form_text },
	[COMMAND_REOPEN] = { { "reopen", OF_IT, "",
	    "it is not done after all" }, NEVER, NULL },
	[COMMAND_CATEGORY] = { { "category", OF_IT, "CATEGORY",
	    "who should look at it" }, MUST, form_text },
	[COMMAND_LOCATION] = { { "location", OF_IT, "PLACE",
	    "building and room" }, MUST, form_text },
	[COMMAND_SUBJECT] = { { "subject", OF_IT, "TEXT",
	    "what it is about" }, MUST, form_text },
	[COMMAND_PRIORITY] = { { "priority", COMMAND_STAFF,
	    "low|normal|high|urgent", "how soon it matters" },
	    MUST, form_priority },
	[COMMAND_DUE] = { { "due", COMMAND_STAFF, "YYYY-MM-DD [HH:MM]",
	    "when it must be done; none: no date" }, MUST, form_due },
	[COMMAND_TAG] = { { "tag", COMMAND_STAFF, "+a -b",
	    "tags to put on and take off" }, MUST, form_tag },
	[COMMAND_NOTE] = { { "note", COMMAND_STAFF, "",
	    "this mail is for staff only" }, NEVER, NULL },
	[COMMAND_REPLY] = { { "reply", COMMAND_STAFF, "",
	    "this mail goes to the requester" }, NEVER, NULL },
	[COMMAND_SEND] = { { "send", COMMAND_STAFF, "",
	    "the note we asked about goes out" }, NEVER, NULL },
	[COMMAND_ACCEPT] = { { "accept", COMMAND_STAFF, "",
	    "release the held messages" }, NEVER, NULL },
	[COMMAND_SPAM] = { { "spam", COMMAND_STAFF, "",
	    "close it silently and block the sender" }, NEVER, NULL },
	[COMMAND_WATCH] = { { "watch", COMMAND_ALL, "[ADDRESS]",
	    "get the public messages" }, MAY, form_address },
	[COMMAND_UNWATCH] = { { "unwatch", COMMAND_ALL, "[ADDRESS]",
	    "get them no longer" }, MAY, form_address },
	[COMMAND_MUTE] = { { "mute", COMMAND_ALL, "",
	    "no more mail about this ticket" }, NEVER, NULL },
	[COMMAND_MERGE] = { { "merge", COMMAND_STAFF, "NUMBER",
	    "this ticket becomes part of that one" }, MUST, form_number },
	[COMMAND_LINK] = { { "link", COMMAND_STAFF, "NUMBER",
	    "they have to do with each other" }, MUST, form_number },
	[COMMAND_INCIDENT] = { { "incident", COMMAND_STAFF, "",
	    "others may be joined to this ticket" }, NEVER, NULL },
	[COMMAND_JOIN] = { { "join", COMMAND_STAFF, "NUMBER",
	    "this ticket reports that incident" }, MUST, form_number },
	[COMMAND_CANNED] = { { "canned", COMMAND_STAFF, "NAME",
	    "a stored answer is the message" }, MUST, form_word },
	[COMMAND_RATE] = { { "rate", COMMAND_REQUESTER, "1..5 [TEXT]",
	    "how content you are, 5 is best" }, MUST, form_rate },
	[COMMAND_UNDO] = { { "undo", COMMAND_ALL, "",
	    "take back what you did" }, NEVER, NULL },
	[COMMAND_HELP] = { { "help", COMMAND_ALL, "",
	    "what you may do" }, NEVER, NULL },
};

static struct slice
next_word(struct slice *rest)
{
	struct slice word = text_trim(*rest);
	size_t n = 0;

	while (n < word.len && word.p[n] != ' ')
		n++;
	*rest = (struct slice){ word.p + n, word.len - n };
	word.len = n;
	return word;
}

static bool
one_of(struct slice word, const char *const *names)
{
	for (; *names != NULL; names++)
		if (slice_is(word, *names))
			return true;
	return false;
}

static bool
form_text(struct slice args)
{
	return args.len > 0;
}

static bool
form_status(struct slice args)
{
	static const char *const names[] = {
		"open", "active", "waiting", "closed", NULL
	};

	return one_of(args, names);
}

static bool
form_priority(struct slice args)
{
	static const char *const names[] = {
		"low", "normal", "high", "urgent", NULL
	};

	return one_of(args, names);
}

/* Digits where the pattern has '0', else the pattern's own character. */
static bool
looks_like(struct slice s, const char *pattern)
{
	size_t i;

	if (s.len != strlen(pattern))
		return false;
	for (i = 0; i < s.len; i++)
		if (pattern[i] == '0' ? s.p[i] < '0' || s.p[i] > '9' :
		    s.p[i] != pattern[i])
			return false;
	return true;
}

static int
two_digits(const char *p)
{
	return (p[0] - '0') * 10 + (p[1] - '0');
}

static bool
date_exists(struct slice s)
{
	static const char days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31,
	    30, 31 };
	int year = two_digits(s.p) * 100 + two_digits(s.p + 2);
	int month = two_digits(s.p + 5), day = two_digits(s.p + 8);
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (month < 1 || month > 12 || day < 1 || day > days[month - 1])
		return false;
	return month != 2 || day < 29 || leap;
}

static bool
form_due(struct slice args)
{
	struct slice date = next_word(&args);
	struct slice hour = next_word(&args);

	if (next_word(&args).len > 0)
		return false;
	if (slice_is(date, "none"))
		return hour.len == 0;
	if (!looks_like(date, "0000-00-00") || !date_exists(date))
		return false;
	if (hour.len == 0)
		return true;
	return looks_like(hour, "00:00") && two_digits(hour.p) < 24 &&
	    two_digits(hour.p + 3) < 60;
}

static bool
form_tag(struct slice args)
{
	struct slice word;

	for (;;) {
		word = next_word(&args);
		if (word.len == 0)
			return true;
		if (word.len < 2 || (word.p[0] != '+' && word.p[0] != '-'))
			return false;
	}
}

static bool
form_address(struct slice args)
{
	const char *at = memchr(args.p, '@', args.len);

	return at != NULL && at > args.p && at + 1 < args.p + args.len &&
	    memchr(args.p, ' ', args.len) == NULL;
}

static bool
form_number(struct slice args)
{
	uint64_t n;

	if (args.len > 0 && args.p[0] == '#') {
		args.p++;
		args.len--;
	}
	return text_u64(args, &n) && n > 0 && n <= INT64_MAX;
}

static bool
form_word(struct slice args)
{
	return memchr(args.p, ' ', args.len) == NULL &&
	    memchr(args.p, '/', args.len) == NULL && args.p[0] != '.';
}

static bool
form_rate(struct slice args)
{
	struct slice word = next_word(&args);

	return word.len == 1 && word.p[0] >= '1' && word.p[0] <= '5';
}

const struct command_info *
command_info(enum command_verb verb)
{
	return &verbs[verb].info;
}

bool
command_find(struct slice word, enum command_verb *verb_out)
{
	int i;

	for (i = 0; i < COMMAND_NVERB; i++)
		if (slice_is(word, verbs[i].info.name)) {
			*verb_out = (enum command_verb)i;
			return true;
		}
	return false;
}

static bool
is_letter(char c)
{
	c = text_lower(c);
	return c >= 'a' && c <= 'z';
}

bool
command_form(const char *line, size_t len, struct slice *word_out)
{
	size_t n = 1;

	if (len < 2 || (line[0] != '!' && line[0] != '/'))
		return false;
	while (n < len && is_letter(line[n]))
		n++;
	if (n == 1 || n - 1 > COMMAND_VERB_MAX)
		return false;
	if (n < len && line[n] != ' ' && line[n] != '\t' && line[n] != '\r')
		return false;
	*word_out = (struct slice){ line + 1, n - 1 };
	return true;
}

/* One edit from name, or none? a is the typed word. */
static bool
within_one_edit(struct slice a, const char *name)
{
	struct slice b = slice_of(name);
	size_t head = 0, tail = 0, least = a.len < b.len ? a.len : b.len;

	while (head < least && text_lower(a.p[head]) == b.p[head])
		head++;
	while (tail < least - head &&
	    text_lower(a.p[a.len - 1 - tail]) == b.p[b.len - 1 - tail])
		tail++;
	a = (struct slice){ a.p + head, a.len - head - tail };
	b = (struct slice){ b.p + head, b.len - head - tail };
	if (a.len <= 1 && b.len <= 1)
		return true;
	return a.len == 2 && b.len == 2 &&
	    text_lower(a.p[0]) == b.p[1] && text_lower(a.p[1]) == b.p[0];
}

bool
command_near(struct slice word, enum command_verb *verb_out)
{
	int i;

	for (i = 0; i < COMMAND_NVERB; i++)
		if (within_one_edit(word, verbs[i].info.name)) {
			*verb_out = (enum command_verb)i;
			return true;
		}
	return false;
}

static int
check_args(const struct verb *v, struct slice args, struct err *err)
{
	if (args.len == 0 && v->args != MUST)
		return 0;
	if (args.len > 0 && v->args == NEVER)
		return err_set(err, ERR_INPUT, "%s stands alone on its line",
		    v->info.name);
	if (args.len > COMMAND_ARGS_MAX)
		return err_set(err, ERR_INPUT, "%s takes at most %d bytes",
		    v->info.name, COMMAND_ARGS_MAX);
	if (args.len == 0 || text_has_control(args) ||
	    !utf8_valid(args.p, args.len) || !v->form(args))
		return err_set(err, ERR_INPUT, "%s is written: %s %s",
		    v->info.name, v->info.name, v->info.form);
	return 0;
}

int
command_parse(const char *line, size_t len, struct command *command_out,
    struct err *err)
{
	enum command_verb verb;
	struct slice word, args;

	if (!command_form(line, len, &word) || !command_find(word, &verb))
		return 0;
	args = (struct slice){ word.p + word.len,
	    len - 1 - word.len };
	args = text_trim(args);
	if (check_args(&verbs[verb], args, err) < 0)
		return -1;
	*command_out = (struct command){ verb, args.p, args.len };
	return 1;
}
