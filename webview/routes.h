/* routes - path → handler → who may. The one table of it. */
#ifndef WEBVIEW_ROUTES_H
#define WEBVIEW_ROUTES_H

#include "webview/ask.h"

/* arg is the struct site. */
http_handler	routes_handle;
http_refuser	routes_refuse;
http_logger	routes_log;

#endif
