/* A result lies inside its input and keeps its limits; a failure says so in
 * err; what is a command has the form of one and is near itself. */
#include <assert.h>
#include <stdint.h>

#include "parsers/command.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *in = (const char *)data;
	struct command c = { 0 };
	struct err err = { 0 };
	enum command_verb near;
	struct slice word;
	int ret = command_parse(in, size, &c, &err);

	assert((ret == -1) == (err.code == ERR_INPUT));
	assert(ret != 1 || (c.args >= in && c.args + c.args_len <= in + size));
	assert(c.args_len <= COMMAND_ARGS_MAX);
	if (!command_form(in, size, &word)) {
		assert(ret == 0);
		return 0;
	}
	assert(word.len > 0 && word.len <= COMMAND_VERB_MAX);
	assert(ret == 0 || (command_near(word, &near) &&
	    slice_is(word, command_info(near)->name)));
	return 0;
}
