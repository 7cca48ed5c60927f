/* sign_marks - what stands below or above a mail and was not written in it:
 * lines of phones and apps, signatures, disclaimers, banners, in the languages
 * they come in.
 *
 * Careful  each form is one that a program writes; a line that could as well be
 *          a sentence of the sender ("Sent from my phone it fails") is none
 * Text     UTF-8; a line is without its line end
 * Pure     every function is linear in its argument */
#ifndef PARSERS_SIGN_MARKS_H
#define PARSERS_SIGN_MARKS_H

#include "parsers/quote_marks.h"

/* A line that a phone or an app adds: "Sent from my iPhone". */
bool	sign_is_app(struct slice line);
/* "-- ", or "--", "—" and their like alone on a line. */
enum quote_sureness sign_mark(struct slice line);
/* Sentences such as people write in mail, not lines of a signature? */
bool	sign_is_prose(struct slice paragraph);
/* A paragraph that lawyers, scanners or mail gateways add. */
bool	sign_is_disclaimer(struct slice paragraph);
/* One that gateways put on top: "[EXTERNAL] This email originated …". */
bool	sign_is_banner(struct slice paragraph);

#endif
