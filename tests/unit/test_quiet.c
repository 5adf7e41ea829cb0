// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/freestanding.h"
#include "quiet.h"
#include "sysfile.h"

/*
 * A process makes a fake system quiet and ends in all the ways there are; after
 * each the files must be what they were. This process adopts the orphaned
 * guardians, so that it can wait for them.
 */

#define CPU	   "/sys/devices/system/cpu"
#define PREFERENCE CPU "/cpu1/cpufreq/energy_performance_preference"
#define GOVERNOR   CPU "/cpu1/cpufreq/scaling_governor"
#define NO_TURBO   CPU "/intel_pstate/no_turbo"
#define WATCHDOG   "/proc/sys/kernel/nmi_watchdog"
#define THP	   "/sys/kernel/mm/transparent_hugepage/enabled"
#define LATENCY	   "/dev/cpu_dma_latency"

struct file {
	const char *path;
	const char *found;
	const char *set;
};

static const struct file files[] = {
	{PREFERENCE, "balance_performance\n", "performance\n"},
	{GOVERNOR, "powersave\n", "performance\n"},
	{NO_TURBO, "0\n", "1\n"},
	/* All bytes come back, also those of a file without a newline. */
	{WATCHDOG, "1", "0\n"},
	{CPU "/online", "0-3\n", "0-3\n"},
	{"/proc/irq/10/smp_affinity_list", "0-3\n", "0,2-3\n"},
	{"/proc/irq/11/smp_affinity_list", "1\n", "0,2-3\n"},
	{"/proc/irq/12/smp_affinity_list", "2\n", "2\n"},
	{"/proc/irq/default_smp_affinity", "f\n", "f\n"},
};

#define CHANGES 7 /* of these, without LATENCY */

static char root[64];

static char *full(const char *path)
{
	static char text[QUIET_VALUE];

	sysfile_path(text, sizeof(text), root, path);
	return text;
}

/* Makes the directories, too. Writable by all: see drop_root(). */
static void put(const char *path, const char *text)
{
	char *p, *name = strdup(full(path));
	FILE *f;

	assert_non_null(name);
	for (p = name + strlen(root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(name, 0755);
		*p = '/';
	}
	f = fopen(name, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	chmod(name, 0666);
	free(name);
}

static void check_file(const char *path, const char *expected)
{
	char text[QUIET_VALUE];

	if (sysfile_read(full(path), text, sizeof(text)) < 0 ||
	    strcmp(text, expected))
		fail_msg("%s: \"%s\", not \"%s\"", path, text, expected);
}

static void check_found(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		check_file(files[i].path, files[i].found);
}

static void check_set(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		check_file(files[i].path, files[i].set);
}

static int setup(void **state)
{
	size_t i;

	(void)state;
	strcpy(root, "/tmp/switchcost-quiet-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	chmod(root, 0755);
	for (i = 0; i < ARRAY_SIZE(files); i++)
		put(files[i].path, files[i].found);
	put(LATENCY, "");
	return prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	quiet_end();
	while (waitpid(-1, NULL, 0) > 0)
		;
	return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The measuring process: quiet, says so, and does what a test is about. */
struct process {
	pid_t pid;
	int told; /* it reports here */
	int tell; /* when this closes it shall go on */
};

static void nothing(void)
{
}

static void begin_or_die(void)
{
	struct error err = {0};

	if (quiet_begin(root, 1, &err))
		_exit(99);
}

static void start(struct process *p, void (*before)(void), void (*then)(void))
{
	int told[2], tell[2];
	char byte;

	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	assert_int_equal(pipe2(tell, O_CLOEXEC), 0);
	fflush(stdout);
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (!p->pid) {
		close(told[0]);
		close(tell[1]);
		before();
		begin_or_die();
		if (write(told[1], "r", 1) != 1)
			_exit(98);
		while (read(tell[0], &byte, 1) < 0 && errno == EINTR)
			;
		then();
		exit(0);
	}
	close(told[1]);
	close(tell[0]);
	p->told = told[0];
	p->tell = tell[1];
	assert_int_equal(read(p->told, &byte, 1), 1);
}

/* Return: its wait status. */
static int ended(struct process *p)
{
	int status;

	close(p->tell);
	assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
	close(p->told);
	return status;
}

static void wait_orphans(void)
{
	while (waitpid(-1, NULL, 0) > 0)
		;
	assert_int_equal(errno, ECHILD);
}

static pid_t guardian_of(pid_t pid)
{
	char path[64], text[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	if (sysfile_read(path, text, sizeof(text)) <= 0) {
		kill(pid, SIGKILL);
		print_message("no %s\n", path);
		skip();
	}
	return atoi(text);
}

static void test_exit(void **state)
{
	struct process p;

	(void)state;
	start(&p, nothing, nothing);
	check_set();
	assert_int_equal(ended(&p), 0);
	check_found();
}

/* Restored when wait() returns: whoever starts the tool needn't wait more. */
static void check_signal(int number, void (*send)(pid_t, int))
{
	struct process p;
	int status;

	start(&p, nothing, (void (*)(void))pause);
	check_set();
	send(p.pid, number);
	assert_int_equal(waitpid(p.pid, &status, 0), p.pid);
	check_found();
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), number);
	close(p.tell);
	close(p.told);
}

static void to_process(pid_t pid, int number)
{
	kill(pid, number);
}

static void test_signals(void **state)
{
	(void)state;
	check_signal(SIGINT, to_process);
	check_signal(SIGTERM, to_process);
	check_signal(SIGHUP, to_process);
}

static void own_group(void)
{
	setpgid(0, 0);
}

/* A terminal's ^C reaches the whole process group. */
static void test_group(void **state)
{
	struct process p;

	(void)state;
	start(&p, own_group, (void (*)(void))pause);
	kill(-p.pid, SIGINT);
	assert_true(WIFSIGNALED(ended(&p)));
	check_found();

	/* timeout(1) ends it so. */
	start(&p, own_group, (void (*)(void))pause);
	kill(-p.pid, SIGKILL);
	assert_true(WIFSIGNALED(ended(&p)));
	wait_orphans();
	check_found();
}

static void check_death(void (*then)(void), int number)
{
	struct process p;
	int status;

	start(&p, nothing, then);
	check_set();
	if (then == nothing)
		kill(p.pid, number);
	status = ended(&p);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), number);
	wait_orphans();
	check_found();
}

static void crash(void)
{
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
}

static void test_killed(void **state)
{
	(void)state;
	check_death(nothing, SIGKILL);
}

static void do_abort(void)
{
	signal(SIGABRT, SIG_DFL);
	abort();
}

static void test_crash(void **state)
{
	(void)state;
	check_death(crash, SIGSEGV);
	check_death(do_abort, SIGABRT);
}

static void fork_sleeper(void)
{
	if (!fork()) {
		for (;;)
			pause();
	}
	raise(SIGKILL);
}

/* A child that is left over holds the socket open. */
static void test_killed_with_child(void **state)
{
	struct process p;
	pid_t sleeper, pid;

	(void)state;
	start(&p, nothing, fork_sleeper);
	assert_true(WIFSIGNALED(ended(&p)));
	pid = waitpid(-1, NULL, 0); /* the guardian; the other one sleeps */
	assert_true(pid > 0);
	check_found();
	sleeper = guardian_of(getpid());
	kill(sleeper, SIGKILL);
	assert_int_equal(waitpid(sleeper, NULL, 0), sleeper);
}

static void test_guardian_killed(void **state)
{
	struct process p;

	(void)state;
	start(&p, nothing, nothing);
	kill(guardian_of(p.pid), SIGKILL);
	assert_int_equal(ended(&p), 0);
	check_found();

	start(&p, nothing, (void (*)(void))pause);
	kill(guardian_of(p.pid), SIGKILL);
	kill(p.pid, SIGTERM);
	assert_true(WIFSIGNALED(ended(&p)));
	check_found();
}

/* The guardian can't be stopped by accident. */
static void test_guardian_terminated(void **state)
{
	struct process p;
	pid_t guardian;

	(void)state;
	start(&p, nothing, nothing);
	guardian = guardian_of(p.pid);
	kill(guardian, SIGTERM);
	kill(guardian, SIGINT);
	kill(p.pid, SIGKILL);
	ended(&p);
	wait_orphans();
	check_found();
}

static void handler(int number)
{
	(void)number;
	_exit(42);
}

static void catch_int(void)
{
	signal(SIGINT, handler);
}

static void test_earlier_handler(void **state)
{
	struct process p;
	int status;

	(void)state;
	start(&p, catch_int, (void (*)(void))pause);
	kill(p.pid, SIGINT);
	status = ended(&p);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
	check_found();
}

static void ignore_hup(void)
{
	signal(SIGHUP, SIG_IGN);
}

static void test_ignored_signal(void **state)
{
	struct process p;

	(void)state;
	start(&p, ignore_hup, nothing);
	kill(p.pid, SIGHUP);
	poll(NULL, 0, 20);
	check_set();
	assert_int_equal(ended(&p), 0);
	check_found();
}

static const struct quiet_change *find(const char *path)
{
	const struct quiet_change *c;
	size_t i, n = quiet_changes(&c);

	for (i = 0; i < n; i++) {
		if (!strcmp(c[i].path, full(path)))
			return &c[i];
	}
	return NULL;
}

static void check_state(const char *path, enum quiet_state expected)
{
	const struct quiet_change *c = find(path);

	if (!c)
		fail_msg("%s: not in the list", path);
	if (c->state != expected)
		fail_msg("%s: %s, not %s", path, quiet_state_name(c->state),
			 quiet_state_name(expected));
}

static void quiet(void)
{
	struct error err = {0};

	if (quiet_begin(root, 1, &err))
		fail_msg("%s", err.text);
}

static void test_list(void **state)
{
	const struct quiet_change *c;

	(void)state;
	quiet();
	assert_int_equal(quiet_changes(&c), CHANGES);
	check_state(GOVERNOR, QUIET_CHANGED);
	assert_string_equal(find(GOVERNOR)->found, "powersave\n");
	assert_string_equal(find(GOVERNOR)->set, "performance");
	check_state(LATENCY, QUIET_CHANGED);
	quiet_end();
	assert_int_equal(quiet_changes(&c), CHANGES);
	check_state(GOVERNOR, QUIET_RESTORED);
	check_state(LATENCY, QUIET_RESTORED);
	check_found();
	quiet_end();
	check_found();
	/* And once more in the same process. */
	quiet();
	check_set();
	quiet_end();
	check_found();
}

static void test_holds_latency(void **state)
{
	char path[64], target[QUIET_VALUE];
	bool held = false;
	struct process p;
	pid_t guardian;
	ssize_t n;
	int fd;

	(void)state;
	start(&p, nothing, nothing);
	guardian = guardian_of(p.pid);
	for (fd = 0; fd < 10; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", guardian, fd);
		n = readlink(path, target, sizeof(target) - 1);
		if (n < 0)
			continue;
		target[n] = '\0';
		held |= !strcmp(target, full(LATENCY));
	}
	ended(&p);
	assert_true(held);
}

/* Root writes where it may not; so the test must not be root. */
static void drop_root(void)
{
	if (!geteuid() && setuid(65534))
		_exit(97);
	/* Like a user's process: its memory and its children can be seen. */
	prctl(PR_SET_DUMPABLE, 1);
}

static void say_refused(void)
{
	const struct quiet_change *c = find(NO_TURBO);

	_exit(c && c->state == QUIET_REFUSED && c->error == EACCES &&
			      find(WATCHDOG)->state == QUIET_CHANGED
		      ? 7
		      : 8);
}

static void test_read_only(void **state)
{
	struct process p;
	int status;

	(void)state;
	chmod(full(NO_TURBO), 0444);
	start(&p, drop_root, say_refused);
	check_file(NO_TURBO, "0\n");
	check_file(GOVERNOR, "performance\n");
	check_file(WATCHDOG, "0\n");
	status = ended(&p);
	wait_orphans();
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	check_found();
}

static void test_foreign(void **state)
{
	(void)state;
	put(WATCHDOG, "0\n");
	quiet();
	check_state(WATCHDOG, QUIET_ALREADY);
	put(GOVERNOR, "schedutil\n");
	put(WATCHDOG, "1\n");
	/* Somebody has put it back to what it was already. */
	put(NO_TURBO, "0\n");
	quiet_end();
	check_state(GOVERNOR, QUIET_FOREIGN);
	check_file(GOVERNOR, "schedutil\n");
	check_state(WATCHDOG, QUIET_FOREIGN);
	check_file(WATCHDOG, "1\n");
	check_state(NO_TURBO, QUIET_RESTORED);
	check_file(NO_TURBO, "0\n");
	check_state(PREFERENCE, QUIET_RESTORED);
	check_file(PREFERENCE, "balance_performance\n");
}

static void test_lost(void **state)
{
	(void)state;
	quiet();
	assert_int_equal(unlink(full(GOVERNOR)), 0);
	quiet_end();
	check_state(GOVERNOR, QUIET_LOST);
	assert_int_equal(find(GOVERNOR)->error, ENOENT);
	check_file(NO_TURBO, "0\n");
}

/* A write that is taken but does nothing. */
static void test_no_effect(void **state)
{
	(void)state;
	unlink(full(NO_TURBO));
	assert_int_equal(symlink("/dev/null", full(NO_TURBO)), 0);
	quiet();
	check_state(NO_TURBO, QUIET_REFUSED);
	quiet_end();
	check_state(NO_TURBO, QUIET_REFUSED);
}

static void test_already(void **state)
{
	(void)state;
	put(GOVERNOR, "performance\n");
	quiet();
	check_state(GOVERNOR, QUIET_ALREADY);
	/* Can't be written under this governor, and needn't. */
	assert_null(find(PREFERENCE));
	quiet_end();
	check_state(GOVERNOR, QUIET_ALREADY);
	check_file(GOVERNOR, "performance\n");
}

static void test_huge_pages(void **state)
{
	(void)state;
	put(THP, "[always] madvise never\n");
	quiet();
	check_file(THP, "madvise\n");
	/* The kernel shows it like this then. */
	put(THP, "always [madvise] never\n");
	quiet_end();
	check_state(THP, QUIET_RESTORED);
	check_file(THP, "always");

	put(THP, "always madvise [never]\n");
	quiet();
	assert_null(find(THP));
	quiet_end();
}

static void test_boost(void **state)
{
	(void)state;
	unlink(full(NO_TURBO));
	put(CPU "/cpufreq/boost", "1\n");
	quiet();
	check_file(CPU "/cpufreq/boost", "0\n");
	quiet_end();
	check_file(CPU "/cpufreq/boost", "1\n");
}

/* An interrupt that only our CPU takes has nowhere to go. */
static void test_one_cpu(void **state)
{
	(void)state;
	put(CPU "/online", "1\n");
	quiet();
	check_file("/proc/irq/11/smp_affinity_list", "1\n");
	assert_null(find("/proc/irq/11/smp_affinity_list"));
	quiet_end();
}

static void test_nothing_there(void **state)
{
	const struct quiet_change *c;
	struct error err = {0};

	(void)state;
	assert_int_equal(quiet_begin("/nonexistent", 1, &err), 0);
	assert_int_equal(quiet_changes(&c), 0);
	quiet_end();
}

/* The preference can't be written while the governor is "performance". */
static void test_order(void **state)
{
	struct inotify_event event;
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	int preference, governor, order[2];
	unsigned int n = 0;

	(void)state;
	quiet();
	preference = inotify_add_watch(fd, full(PREFERENCE), IN_CLOSE_WRITE);
	governor = inotify_add_watch(fd, full(GOVERNOR), IN_CLOSE_WRITE);
	assert_true(preference >= 0 && governor >= 0);
	quiet_end();
	while (n < 2 && read(fd, &event, sizeof(event)) == sizeof(event))
		order[n++] = event.wd;
	close(fd);
	assert_int_equal(n, 2);
	assert_int_equal(order[0], governor);
	assert_int_equal(order[1], preference);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_exit),
		TEST(test_signals),
		TEST(test_group),
		TEST(test_killed),
		TEST(test_crash),
		TEST(test_killed_with_child),
		TEST(test_guardian_killed),
		TEST(test_guardian_terminated),
		TEST(test_earlier_handler),
		TEST(test_ignored_signal),
		TEST(test_list),
		TEST(test_holds_latency),
		TEST(test_read_only),
		TEST(test_foreign),
		TEST(test_lost),
		TEST(test_no_effect),
		TEST(test_already),
		TEST(test_huge_pages),
		TEST(test_boost),
		TEST(test_one_cpu),
		TEST(test_nothing_there),
		TEST(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
