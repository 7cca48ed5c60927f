#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sandbox.h"

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#ifndef WITH_ASAN
#define WITH_ASAN 0
#endif

struct sandbox {
	struct sock_filter	*program;
	size_t			 n;		/* instructions */
};

static const int allowed[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(recvmsg), SCMP_SYS(close),
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(futex), SCMP_SYS(rt_sigreturn), SCMP_SYS(exit),
	SCMP_SYS(exit_group), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
	SCMP_SYS(time), SCMP_SYS(getrandom), SCMP_SYS(restart_syscall),
};

/* What a library may try for a charset or a locale, and must live without. */
static const int refused[] = {
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(access),
	SCMP_SYS(faccessat), SCMP_SYS(stat), SCMP_SYS(lstat),
	SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(getcwd),
};

/* For the sanitizers' own run time, in test builds only. */
static const int sanitizer[] = {
	SCMP_SYS(mprotect), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(sigaltstack), SCMP_SYS(gettid), SCMP_SYS(getpid),
	SCMP_SYS(sched_yield), SCMP_SYS(prctl), SCMP_SYS(tgkill),
	SCMP_SYS(getrlimit), SCMP_SYS(prlimit64), SCMP_SYS(sysinfo),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(fstat),
};

static int
add_all(scmp_filter_ctx ctx, uint32_t action, const int *calls, size_t n)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < n; i++)
		rc = seccomp_rule_add(ctx, action, calls[i], 0);
	return rc;
}

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static int
add_rules(scmp_filter_ctx ctx)
{
	int rc = add_all(ctx, SCMP_ACT_ALLOW, allowed, COUNT(allowed));

	if (rc == 0)	/* never executable */
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (rc == 0)
		rc = add_all(ctx, SCMP_ACT_ERRNO(EACCES), refused,
		    COUNT(refused));
	if (rc == 0 && WITH_ASAN)
		rc = add_all(ctx, SCMP_ACT_ALLOW, sanitizer,
		    COUNT(sanitizer));
	return rc;
}

/* The compiled filter comes out of a descriptor; keep it in memory. */
static int
load_program(scmp_filter_ctx ctx, struct sandbox *sandbox)
{
	struct stat st;
	int fd, ret = -1;

	fd = memfd_create("filter", MFD_CLOEXEC);
	if (fd == -1)
		return -1;
	if (seccomp_export_bpf(ctx, fd) != 0 || fstat(fd, &st) == -1 ||
	    st.st_size == 0)
		goto out;
	sandbox->program = malloc((size_t)st.st_size);
	if (sandbox->program == NULL || pread(fd, sandbox->program,
	    (size_t)st.st_size, 0) != st.st_size)
		goto out;
	sandbox->n = (size_t)st.st_size / sizeof *sandbox->program;
	ret = 0;
out:
	close(fd);
	return ret;
}

int
sandbox_new(struct sandbox **sandbox_out, struct err *err)
{
	struct sandbox *sandbox = calloc(1, sizeof *sandbox);
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int ret = -1;

	if (sandbox == NULL || ctx == NULL) {
		err_set(err, ERR_FATAL, "sandbox: out of memory");
		goto out;
	}
	if (add_rules(ctx) != 0 || load_program(ctx, sandbox) == -1) {
		err_set(err, ERR_FATAL, "sandbox: the system call filter "
		    "could not be made");
		goto out;
	}
	*sandbox_out = sandbox;
	sandbox = NULL;
	ret = 0;
out:
	if (ctx != NULL)
		seccomp_release(ctx);
	sandbox_free(&sandbox);
	return ret;
}

void
sandbox_free(struct sandbox **sandbox)
{
	if (*sandbox == NULL)
		return;
	free((*sandbox)->program);
	free(*sandbox);
	*sandbox = NULL;
}

static int
limit(int resource, rlim_t soft, rlim_t hard)
{
	struct rlimit r = { soft, hard };

	return setrlimit(resource, &r);
}

static int
set_limits(const struct sandbox_limits *limits)
{
	rlim_t cpu = (rlim_t)limits->seconds;

	if (limit(RLIMIT_CORE, 0, 0) == -1 || limit(RLIMIT_FSIZE,
	    limits->output, limits->output) == -1 ||
	    limit(RLIMIT_NPROC, 0, 0) == -1 ||
	    limit(RLIMIT_NOFILE, SANDBOX_FILES, SANDBOX_FILES) == -1 ||
	    limit(RLIMIT_CPU, cpu, cpu + 1) == -1)
		return -1;
	return WITH_ASAN ? 0 : limit(RLIMIT_AS, limits->memory,
	    limits->memory);
}

int
sandbox_enter(const struct sandbox *sandbox,
    const struct sandbox_limits *limits, struct err *err)
{
	struct sock_fprog prog = { (unsigned short)sandbox->n,
		sandbox->program };

	if (set_limits(limits) == -1)
		return err_set(err, ERR_FATAL, "sandbox: limits: %s",
		    strerror(errno));
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == -1)
		return err_set(err, ERR_FATAL, "sandbox: filter: %s",
		    strerror(errno));
	return 0;
}
