#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/frame.h"
#include "base/json_text.h"
#include "base/requests.h"

#define BACKLOG		16
#define WAKE_MS		500

static int
address(const char *store_path, struct sockaddr_un *sun_out, struct err *err)
{
	const char *slash = strrchr(store_path, '/');
	int folder = slash == NULL ? 1 : (int)(slash - store_path), n;

	*sun_out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(sun_out->sun_path, sizeof sun_out->sun_path,
	    "%.*s/requests.sock", folder, slash == NULL ? "." : store_path);
	if (n < 0 || n >= (int)sizeof sun_out->sun_path)
		return err_set(err, ERR_INPUT, "the store's folder has too "
		    "long a name for a socket");
	return 0;
}

int
requests_listen(const char *store_path, int *fd_out, struct err *err)
{
	struct sockaddr_un sun;
	int fd;

	if (address(store_path, &sun, err) == -1)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return err_set(err, ERR_FATAL, "socket: %s", strerror(errno));
	unlink(sun.sun_path);
	if (bind(fd, (struct sockaddr *)&sun, sizeof sun) == -1 ||
	    chmod(sun.sun_path, 0660) == -1 || listen(fd, BACKLOG) == -1) {
		err_set(err, ERR_FATAL, "%s: %s", sun.sun_path,
		    strerror(errno));
		close(fd);
		return -1;
	}
	*fd_out = fd;
	return 0;
}

void
requests_unlink(const char *store_path)
{
	struct sockaddr_un sun;

	if (address(store_path, &sun, NULL) == 0)
		unlink(sun.sun_path);
}

static int
failed(enum frame_end end, struct err *err)
{
	return err_set(err, ERR_RETRY, "requests socket: %s",
	    end == FRAME_TIMEOUT ? "no answer in time" :
	    end == FRAME_TOO_LONG ? "message too long" : "connection broken");
}

int
requests_read(int fd, int64_t deadline_ms, json_t **message_out,
    struct err *err)
{
	struct buf in = BUF_INIT(REQUESTS_MAX);
	enum frame_end end = frame_recv_plain(fd, &in, deadline_ms);
	json_t *message = NULL;

	if (end == FRAME_OK)
		message = json_loadb(buf_str(&in), in.len,
		    JSON_REJECT_DUPLICATES, NULL);
	buf_free(&in);
	if (end != FRAME_OK)
		return failed(end, err);
	if (!json_is_object(message)) {
		json_decref(message);
		return err_set(err, ERR_INPUT, "not a JSON object");
	}
	*message_out = message;
	return 0;
}

int
requests_write(int fd, const json_t *message, int64_t deadline_ms,
    struct err *err)
{
	char *text = json_text(message, JSON_COMPACT);
	enum frame_end end;

	if (text == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	end = frame_send_plain(fd, slice_of(text), deadline_ms);
	free(text);
	return end == FRAME_OK ? 0 : failed(end, err);
}

static int
check_answer(json_t *answer, struct err *err)
{
	const char *why = json_string_value(json_object_get(answer, "error"));

	if (json_is_true(json_object_get(answer, "ok")))
		return 0;
	return err_set(err, json_is_true(json_object_get(answer, "retry")) ?
	    ERR_RETRY : ERR_INPUT, "%s", why == NULL ?
	    "the daemon refused" : why);
}

int
requests_call(const char *store_path, const json_t *request, int64_t wait_ms,
    json_t **answer_out, struct err *err)
{
	int64_t deadline = clock_mono_ms() + wait_ms;
	struct sockaddr_un sun;
	json_t *answer = NULL;
	int fd, ret = -1;

	if (address(store_path, &sun, err) == -1)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return err_set(err, ERR_FATAL, "socket: %s", strerror(errno));
	/* a full backlog refuses at once (EAGAIN) */
	if (connect(fd, (struct sockaddr *)&sun, sizeof sun) == -1) {
		err_set(err, ERR_RETRY, "%s: %s", sun.sun_path,
		    strerror(errno));
		goto out;
	}
	if (requests_write(fd, request, deadline, err) == -1 ||
	    requests_read(fd, deadline, &answer, err) == -1 ||
	    check_answer(answer, err) == -1)
		goto out;
	if (answer_out != NULL) {
		*answer_out = answer;
		answer = NULL;
	}
	ret = 0;
out:
	json_decref(answer);
	close(fd);
	return ret;
}

void
requests_wake(const char *store_path)
{
	json_t *request = json_pack("{s:s}", "type", "wake");

	if (request != NULL)
		requests_call(store_path, request, WAKE_MS, NULL, NULL);
	json_decref(request);
}
