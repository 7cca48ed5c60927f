/* health - is all well, and how much of everything: for machines (contract §8).
 * Only those of web.metrics-from may ask. */
#ifndef WEBVIEW_HEALTH_H
#define WEBVIEW_HEALTH_H

#include "webview/ask.h"

bool	health_may_ask(const struct ask *ask);
void	health_page(struct ask *ask);		/* GET /healthz */
void	health_metrics(struct ask *ask);	/* GET /metrics */

#endif
