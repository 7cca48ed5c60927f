#include "desk/chat_inside.h"

int
chat_in_room(struct taking *t, struct err *err)
{
	(void)err;
	return chat_outcome(t, LEDGER_CHAT, 0, 0, t->staff ?
	    "not in a thread of a ticket" : "not one of staff");
}
