// SPDX-License-Identifier: GPL-2.0
#include "quiet.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cpulist.h"
#include "engine/freestanding.h"
#include "sysfile.h"

/* Interrupts of the largest machines, and the few other files. */
#define MAX_CHANGES 2048

/*
 * Microseconds. Lets C1 be, which every CPU leaves in 2 us or less: with 0 idle
 * CPUs poll, and a sibling that polls takes its share of the core.
 */
#define IDLE_LATENCY_US 2

/* A file of sysfs may be slow; none takes this long. */
#define PATIENCE_MS 10000

/* Shared with the guardian, so that both know what is to be restored. */
struct ledger {
	size_t n;
	struct quiet_change change[MAX_CHANGES];
};

static struct ledger *ledger;
static pid_t owner;
static pid_t guardian;
static atomic_int lifeline = -1;

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
static struct sigaction before[ARRAY_SIZE(signals)];

/* Async-signal-safe. */
static bool has_value(const char *path, const char *wanted)
{
	char text[QUIET_VALUE], value[QUIET_VALUE];

	if (sysfile_read(path, text, sizeof(text)) < 0)
		return false;
	sysfile_value(text, value, sizeof(value));
	return !strcmp(value, wanted);
}

/* The guardian's part: it changes. */

static struct quiet_change *add(const char *root, const char *path)
{
	struct quiet_change *c = &ledger->change[ledger->n];

	if (ledger->n == MAX_CHANGES)
		return NULL;
	*c = (struct quiet_change){.state = QUIET_REFUSED};
	sysfile_path(c->path, sizeof(c->path), root, path);
	return c;
}

/* Return: 0, or -errno; -EIO if the file took it and it had no effect. */
static int set(struct quiet_change *c, const char *wanted)
{
	char line[QUIET_VALUE + 1], found[QUIET_VALUE];
	int rc;

	snprintf(line, sizeof(line), "%s\n", wanted);
	rc = sysfile_write(c->path, line);
	if (rc < 0 || sysfile_read(c->path, line, sizeof(line)) < 0)
		return rc;
	/* The kernel may write it in another way, such as 0,1 as 0-1. */
	sysfile_value(line, c->set, sizeof(c->set));
	sysfile_value(c->found, found, sizeof(found));
	return strcmp(c->set, found) ? 0 : -EIO;
}

/* The state comes first: whoever restores must know of a write that happened. */
static void change(const char *root, const char *path, const char *wanted)
{
	struct quiet_change *c = add(root, path);
	char value[QUIET_VALUE];
	ssize_t rc;

	if (!c)
		return;
	rc = sysfile_read(c->path, c->found, sizeof(c->found));
	if (rc == -ENOENT)
		return;
	ledger->n++;
	snprintf(c->set, sizeof(c->set), "%s", wanted);
	sysfile_value(c->found, value, sizeof(value));
	if (rc >= 0 && !strcmp(value, wanted)) {
		c->state = QUIET_ALREADY;
		return;
	}
	if (rc >= 0) {
		c->state = QUIET_CHANGED;
		rc = set(c, wanted);
	}
	if (rc < 0) {
		c->state = QUIET_REFUSED;
		c->error = -rc;
	}
}

static bool is_value(const char *root, const char *path, const char *wanted)
{
	char full[QUIET_VALUE];

	sysfile_path(full, sizeof(full), root, path);
	return has_value(full, wanted);
}

static bool exists(const char *root, const char *path)
{
	char full[QUIET_VALUE];

	sysfile_path(full, sizeof(full), root, path);
	return !access(full, F_OK);
}

/*
 * The preference goes first and so is restored last: it can only be written
 * under another governor, and not every driver remembers it.
 */
static void change_frequency(const char *root, unsigned int cpu)
{
	static const char pstate[] =
		"/sys/devices/system/cpu/intel_pstate/no_turbo";
	char governor[128], preference[128];

	snprintf(governor, sizeof(governor),
		 "/sys/devices/system/cpu/cpu%u/cpufreq/scaling_governor", cpu);
	snprintf(preference, sizeof(preference),
		 "/sys/devices/system/cpu/cpu%u/cpufreq/"
		 "energy_performance_preference",
		 cpu);
	if (!is_value(root, governor, "performance"))
		change(root, preference, "performance");
	change(root, governor, "performance");
	if (exists(root, pstate))
		change(root, pstate, "1");
	else
		change(root, "/sys/devices/system/cpu/cpufreq/boost", "0");
}

static void move_interrupt(const char *root, const char *irq, unsigned int cpu,
			   const char *online)
{
	char path[128], full[QUIET_VALUE];
	char found[QUIET_VALUE], others[QUIET_VALUE];

	snprintf(path, sizeof(path), "/proc/irq/%.16s/smp_affinity_list", irq);
	sysfile_path(full, sizeof(full), root, path);
	if (sysfile_read(full, found, sizeof(found)) < 0 ||
	    !cpulist_has(found, cpu))
		return;
	if (cpulist_without(found, cpu, others, sizeof(others)) ||
	    cpulist_without(online, cpu, others, sizeof(others)))
		change(root, path, others);
}

static void move_interrupts(const char *root, unsigned int cpu)
{
	char path[QUIET_VALUE], online[QUIET_VALUE];
	struct dirent *entry;
	DIR *dir;

	sysfile_path(path, sizeof(path), root,
		     "/sys/devices/system/cpu/online");
	sysfile_read(path, online, sizeof(online));
	sysfile_path(path, sizeof(path), root, "/proc/irq");
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (strspn(entry->d_name, "0123456789") ==
		    strlen(entry->d_name))
			move_interrupt(root, entry->d_name, cpu, online);
	}
	if (dir)
		closedir(dir);
}

/* The limit is in force as long as the file is open, so it ends with the guardian. */
static void limit_idle(const char *root)
{
	struct quiet_change *c = add(root, "/dev/cpu_dma_latency");
	int32_t us = IDLE_LATENCY_US;
	int fd;

	if (!c)
		return;
	fd = open(c->path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return;
	ledger->n++;
	snprintf(c->set, sizeof(c->set), "%d us while open", us);
	c->held = true;
	c->state = QUIET_CHANGED;
	if (fd < 0 || write(fd, &us, sizeof(us)) != sizeof(us)) {
		c->state = QUIET_REFUSED;
		c->error = errno;
	}
}

static void change_all(const char *root, unsigned int cpu)
{
	static const char thp[] = "/sys/kernel/mm/transparent_hugepage/enabled";

	change_frequency(root, cpu);
	change(root, "/proc/sys/kernel/nmi_watchdog", "0");
	if (is_value(root, thp, "always"))
		change(root, thp, "madvise");
	move_interrupts(root, cpu);
	limit_idle(root);
}

/* Restoring: async-signal-safe, and harmless if done twice. */

static void restore(struct quiet_change *c)
{
	char text[QUIET_VALUE], value[QUIET_VALUE], found[QUIET_VALUE];
	const char *line = c->found;
	int rc;

	rc = sysfile_read(c->path, text, sizeof(text));
	sysfile_value(text, value, sizeof(value));
	sysfile_value(c->found, found, sizeof(found));
	if (rc >= 0 && !strcmp(value, found)) {
		c->state = QUIET_RESTORED;
		return;
	}
	if (rc >= 0 && strcmp(value, c->set)) {
		c->state = QUIET_FOREIGN;
		return;
	}
	if (rc >= 0) {
		/* A list of alternatives can be read but not written. */
		if (strchr(c->found, '['))
			line = found;
		rc = sysfile_write(c->path, line);
	}
	if (rc >= 0 && !has_value(c->path, found))
		rc = -EIO;
	c->state = rc < 0 ? QUIET_LOST : QUIET_RESTORED;
	c->error = rc < 0 ? -rc : 0;
}

static void check_untouched(struct quiet_change *c)
{
	char text[QUIET_VALUE];

	if (sysfile_read(c->path, text, sizeof(text)) >= 0 &&
	    strcmp(text, c->found))
		c->state = QUIET_FOREIGN;
}

static void restore_all(void)
{
	size_t i = ledger->n;

	while (i--) {
		struct quiet_change *c = &ledger->change[i];

		if (c->state == QUIET_ALREADY)
			check_untouched(c);
		else if (c->state == QUIET_CHANGED && c->held)
			c->state = QUIET_RESTORED;
		else if (c->state == QUIET_CHANGED)
			restore(c);
	}
}

/* The guardian's life. All signals are blocked since before the fork. */
static void guard(int socket, const char *root, unsigned int cpu)
{
	struct pollfd wait[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
				 {.fd = -1, .events = POLLIN}};
	int null;

	/*
	 * Neither the terminal nor a reader of our standard output has anything
	 * to do with it.
	 */
	setsid();
	prctl(PR_SET_NAME, "quiet-guardian");
	dup2(socket, STDIN_FILENO);
	null = open("/dev/null", O_RDWR);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close_range(STDERR_FILENO + 1, ~0u, 0);
	/* A child of the owner may hold the socket open beyond its death. */
	wait[1].fd = syscall(SYS_pidfd_open, owner, 0);
	if (getppid() != owner)
		_exit(0);
	change_all(root, cpu);
	/* MSG_NOSIGNAL: the owner may be gone already. */
	send(STDIN_FILENO, "", 1, MSG_NOSIGNAL);
	while (poll(wait, ARRAY_SIZE(wait), -1) < 0 && errno == EINTR)
		;
	restore_all();
	_exit(0);
}

/* Return: the guardian is gone and has done its work. */
static bool wait_for_guardian(void)
{
	int status, ms;
	pid_t pid;

	for (ms = 0; ms < PATIENCE_MS; ms += 2) {
		pid = waitpid(guardian, &status, WNOHANG);
		if (pid == guardian)
			return WIFEXITED(status) && !WEXITSTATUS(status);
		/* Somebody else has reaped it, so nobody knows how it ended. */
		if (pid < 0 && errno == ECHILD)
			return false;
		poll(NULL, 0, 2);
	}
	return true; /* It is still at it, and needs no help. */
}

/* Async-signal-safe. */
static void finish(void)
{
	int fd = atomic_exchange(&lifeline, -1);

	if (fd < 0)
		return;
	close(fd);
	if (!wait_for_guardian())
		restore_all();
}

static void on_signal(int number)
{
	int saved = errno;
	size_t i;

	if (getpid() == owner)
		finish();
	/* Restore what the signal did before; it is delivered again on return. */
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		if (signals[i] == number)
			sigaction(number, &before[i], NULL);
	}
	raise(number);
	errno = saved;
}

static void at_exit(void)
{
	if (getpid() == owner)
		finish();
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	size_t i;

	sigfillset(&action.sa_mask);
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		sigaction(signals[i], NULL, &before[i]);
		/* nohup's, for example: it doesn't end us. */
		if (before[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
}

static void release_signals(void)
{
	struct sigaction now;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		sigaction(signals[i], NULL, &now);
		if (now.sa_handler == on_signal)
			sigaction(signals[i], &before[i], NULL);
	}
}

static int start_guardian(const char *root, unsigned int cpu)
{
	sigset_t all, mask;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -1;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask);
	guardian = fork();
	if (!guardian)
		guard(pair[1], root, cpu);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	close(pair[1]);
	if (guardian < 0) {
		close(pair[0]);
		return -1;
	}
	atomic_store(&lifeline, pair[0]);
	return 0;
}

/* Waits until the guardian says that all is changed. */
static int wait_ready(void)
{
	struct pollfd ready = {.fd = lifeline, .events = POLLIN};
	char byte;
	int rc;

	do {
		rc = poll(&ready, 1, PATIENCE_MS);
	} while (rc < 0 && errno == EINTR);
	if (rc == 1 && read(ready.fd, &byte, 1) == 1)
		return 0;
	return -1;
}

int quiet_begin(const char *root, unsigned int cpu, struct error *err)
{
	static bool registered;

	quiet_end();
	if (!registered && atexit(at_exit))
		return error_set(err, EXIT_IMPOSSIBLE,
				 "--quiet-system: cannot restore at exit: out "
				 "of memory");
	registered = true;
	if (!ledger) {
		ledger = mmap(NULL, sizeof(*ledger), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (ledger == MAP_FAILED)
			ledger = NULL;
	}
	if (!ledger)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "--quiet-system: out of memory");
	ledger->n = 0;
	owner = getpid();
	if (start_guardian(root, cpu))
		return error_set(
			err, EXIT_IMPOSSIBLE,
			"--quiet-system: cannot start the process that "
			"restores: %s; measure without the option",
			strerror(errno));
	catch_signals();
	if (wait_ready()) {
		quiet_end();
		return error_set(err, EXIT_IMPOSSIBLE,
				 "--quiet-system: the process that restores "
				 "ended early; measure without the option");
	}
	return 0;
}

size_t quiet_changes(const struct quiet_change **changes)
{
	*changes = ledger ? ledger->change : NULL;
	return ledger ? ledger->n : 0;
}

void quiet_end(void)
{
	if (atomic_load(&lifeline) < 0 || getpid() != owner)
		return;
	finish();
	release_signals();
}

const char *quiet_state_name(enum quiet_state state)
{
	static const char *const names[QUIET_STATES] = {
		[QUIET_ALREADY] = "as wanted already",
		[QUIET_REFUSED] = "refused",
		[QUIET_CHANGED] = "set",
		[QUIET_RESTORED] = "restored",
		[QUIET_FOREIGN] = "changed by someone else",
		[QUIET_LOST] = "not restored",
	};

	return names[state];
}
