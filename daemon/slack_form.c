#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "daemon/slack_form.h"

#define TITLE_MAX	24	/* bytes; Slack's bounds are characters */
#define OPTION_MAX	75
#define OPTIONS_MAX	100
#define TEXT_MAX	3000

json_t *
slack_plain(const char *text, size_t max)
{
	return json_pack("{s:s, s:s#, s:b}", "type", "plain_text", "text",
	    text, (int)utf8_cut(text, strlen(text), max), "emoji", 0);
}

json_t *
slack_categories(const struct settings *settings, const char *action_id,
    const char *prefix)
{
	json_t *options = json_array();
	char value[OPTION_MAX + 1];

	for (size_t i = 0; i < settings->ncategories && i < OPTIONS_MAX; i++) {
		const struct settings_category *c = &settings->categories[i];

		if (snprintf(value, sizeof value, "%s%s", prefix, c->name) >=
		    (int)sizeof value)
			continue;
		json_array_append_new(options, json_pack("{s:o, s:s}", "text",
		    slack_plain(*c->title == '\0' ? c->name : c->title,
		    OPTION_MAX), "value", value));
	}
	return json_pack("{s:s, s:s, s:o, s:o}", "type", "static_select",
	    "action_id", action_id, "placeholder", slack_plain("Category",
	    OPTION_MAX), "options", options);
}

/* A block of a form; its answer is found under its name, twice. */
static json_t *
input(const char *name, const char *label, bool optional, json_t *element)
{
	return json_pack("{s:s, s:s, s:o, s:b, s:o}", "type", "input",
	    "block_id", name, "label", slack_plain(label, OPTION_MAX),
	    "optional", optional, "element", element);
}

json_t *
slack_form(const struct settings *settings)
{
	json_t *text = json_pack("{s:s, s:s, s:b, s:i}", "type",
	    "plain_text_input", "action_id", "text", "multiline", 1,
	    "max_length", TEXT_MAX);
	json_t *location = json_pack("{s:s, s:s, s:i, s:o}", "type",
	    "plain_text_input", "action_id", "location", "max_length", 200,
	    "placeholder", slack_plain("Building and room", OPTION_MAX));

	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:[o, o, o]}", "type",
	    "modal", "callback_id", "report", "title",
	    slack_plain(settings->name, TITLE_MAX), "submit",
	    slack_plain("Report", TITLE_MAX), "close", slack_plain("Cancel",
	    TITLE_MAX), "blocks",
	    input("text", "What is wrong?", false, text),
	    input("location", "Where?", true, location),
	    input("category", "What is it about?", true,
	    slack_categories(settings, "category", "")));
}
