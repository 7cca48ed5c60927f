#include "parsers/mail.h"

const struct mail_limits mail_limits_default = {
	.mail = 40 * 1024 * 1024,
	.header = 256 * 1024,
	.header_field = 64 * 1024,
	.fields = 2000,
	.comments = 1000,
	.depth = 100,
	.parts = 2000,
	.text = 2 * 1024 * 1024,
	.html = 2 * 1024 * 1024,
};
