#include <stdlib.h>
#include <string.h>

#include <qrencode.h>

#include "base/mailto.h"
#include "base/text.h"
#include "cli/cli.h"

#define QUIET		4	/* modules of white around a code (ISO 18004) */
#define CELL		60	/* units of a cell in the one picture */
#define LABEL		12	/* units of it below for the words */
#define ACROSS		4	/* cells in a row of it */

/* ---- one room ---- */

/* Where a scan leads: a mail to the desk with the room filled in, in the
 * address where that reaches us, else as a command. */
static const char *
link_of(struct cli *cli, const struct location *room)
{
	const struct settings *s = cli->settings;
	const char *at = strrchr(s->address, '@');
	const char *place = room->name[0] == '\0' ? room->code :
	    arena_printf(cli->arena, "%s, %s", room->code, room->name);

	if (s->subaddressing && strchr(room->code, '@') == NULL &&
	    strchr(room->code, ' ') == NULL && at != NULL)
		return mailto_url(cli->arena, arena_printf(cli->arena,
		    "%.*s+r.%s%s", (int)(at - s->address), s->address,
		    room->code, at), place, "");
	return mailto_url(cli->arena, s->address, place,
	    arena_printf(cli->arena, "!location %s\n\n", room->code));
}

static const char *
escaped(struct cli *cli, const char *text)
{
	struct buf b = BUF_INIT(65536);
	const char *p, *result;

	for (p = cli_text(cli, text, 0); *p != '\0'; p++)
		switch (*p) {
		case '&':
			buf_adds(&b, "&amp;");
			break;
		case '<':
			buf_adds(&b, "&lt;");
			break;
		case '>':
			buf_adds(&b, "&gt;");
			break;
		case '"':
			buf_adds(&b, "&quot;");
			break;
		default:
			buf_addc(&b, *p);
		}
	result = arena_strdup(cli->arena, buf_str(&b));
	buf_free(&b);
	return result;
}

/* The dark modules as one path, a unit each; the width with its white. */
static int
print_code(const QRcode *code)
{
	int x, y, end;

	printf("<path d=\"");
	for (y = 0; y < code->width; y++)
		for (x = 0; x < code->width; x = end) {
			end = x + 1;
			if ((code->data[y * code->width + x] & 1) == 0)
				continue;
			while (end < code->width &&
			    (code->data[y * code->width + end] & 1) != 0)
				end++;
			printf("M%d %dh%dv1h-%dz", x + QUIET, y + QUIET,
			    end - x, end - x);
		}
	printf("\"/>");
	return code->width + 2 * QUIET;
}

static QRcode *
code_of(struct cli *cli, const struct location *room, struct err *err)
{
	QRcode *code = QRcode_encodeString8bit(link_of(cli, room), 0,
	    QR_ECLEVEL_M);

	if (code == NULL)
		err_set(err, ERR_INPUT, "the room %s is too long for a code",
		    cli_text(cli, room->code, 0));
	return code;
}

/* ---- the sheet ---- */

static const char page_head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
    "<title>Stickers</title>\n<style>\n"
    "@page { size: A4; margin: 10mm }\n"
    "body { margin: 0; font: 11pt/1.3 sans-serif; display: grid;\n"
    "\tgrid-template-columns: repeat(3, 1fr); gap: 6mm }\n"
    "div { border: .3mm dashed #999; padding: 4mm; text-align: center;\n"
    "\tbreak-inside: avoid; overflow-wrap: anywhere }\n"
    "svg { width: 100%; max-width: 45mm }\n"
    "b { display: block; font-size: 15pt }\nsmall { display: block; margin-top: 2mm; color: #444 }\n"
    "</style>\n";

static int
print_html(struct cli *cli, const struct location *room, const QRcode *code)
{
	int width = code->width + 2 * QUIET;

	printf("<div><svg viewBox=\"0 0 %d %d\" role=\"img\" "
	    "aria-label=\"Code of room %s\">", width, width,
	    escaped(cli, room->code));
	print_code(code);
	printf("</svg><b>%s</b>%s%s%s<small>Something broken? Scan, and mail "
	    "the %s.</small></div>\n", escaped(cli, room->code),
	    escaped(cli, room->name), room->name[0] == '\0' ||
	    room->building[0] == '\0' ? "" : ", ",
	    escaped(cli, room->building), escaped(cli, cli->settings->name));
	return 0;
}

static int
print_svg(struct cli *cli, const struct location *room, const QRcode *code,
    size_t at)
{
	int width = code->width + 2 * QUIET;

	printf("<g transform=\"translate(%zu %zu)\">"
	    "<g transform=\"scale(%.4f)\">", at % ACROSS * CELL,
	    at / ACROSS * (CELL + LABEL), (double)CELL / width);
	print_code(code);
	printf("</g><text x=\"%d\" y=\"%d\">%s</text></g>\n", CELL / 2,
	    CELL + LABEL / 2, escaped(cli, room->code));
	return 0;
}

static int
print_sheet(struct cli *cli, const struct location *rooms, size_t n,
    bool svg, struct err *err)
{
	size_t rows = (n + ACROSS - 1) / ACROSS, i;
	QRcode *code;

	if (svg)
		printf("<svg xmlns=\"http://www.w3.org/2000/svg\" "
		    "viewBox=\"0 0 %d %zu\" font-family=\"sans-serif\" "
		    "font-size=\"6\" text-anchor=\"middle\">\n",
		    ACROSS * CELL, rows * (CELL + LABEL));
	else
		fputs(page_head, stdout);
	for (i = 0; i < n; i++) {
		code = code_of(cli, &rooms[i], err);
		if (code == NULL)
			return -1;
		if (svg)
			print_svg(cli, &rooms[i], code, i);
		else
			print_html(cli, &rooms[i], code);
		QRcode_free(code);
	}
	puts(svg ? "</svg>" : "</html>");
	return 0;
}

int
cmd_stickers(struct cli *cli)
{
	const char *format = "html";
	const struct location *rooms;
	struct err err = { 0 };
	size_t n;
	int code;

	if (cli_option(cli, "--format", &format) == -1)
		return cli_usage(cli, "--format svg or html");
	if (strcmp(format, "svg") != 0 && strcmp(format, "html") != 0)
		return cli_usage(cli, "%s is no format: svg or html would be "
		    "right", cli_text(cli, format, 0));
	code = cli_done(cli);
	if (code == 0)
		code = cli_settings(cli, SETTINGS_NO_SECRETS);
	if (code != 0)
		return code;
	rooms = locations_all(cli->settings->locations, &n);
	if (n == 0)
		return cli_fail(CLI_NO, "there are no rooms: locations-file "
		    "in the configuration names a list of them");
	if (print_sheet(cli, rooms, n, strcmp(format, "svg") == 0,
	    &err) == -1)
		return cli_err(&err, CLI_NO);
	return 0;
}
