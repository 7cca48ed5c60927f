/* The catalogue as a script for psql: one PREPARE a statement. */
#include <stdio.h>

#include "db/catalogue.h"

int
main(void)
{
	for (int i = 0; i < NSTMT; i++) {
		const struct catalogue_entry *e = &catalogue[i];

		if (e->name == NULL || e->sql == NULL) {
			fprintf(stderr, "statement %d has no text\n", i);
			return 1;
		}
		printf("\\set s %s\nPREPARE s_%s AS %s;\n", e->name, e->name,
		    e->pg == NULL ? e->sql : e->pg);
	}
	return 0;
}
