// SPDX-License-Identifier: GPL-2.0
/* /dev/switchcost: its memory runs out as it should, and always comes back. */
#include "guest.h"

#include <sys/resource.h>

#define MAX_LOADED 2000 /* more than the arena has pages */
#define ROUNDS	   300	/* more than the arena has pages, too */

static int device;
static int fds[MAX_LOADED];

static void unload_all(int n)
{
	while (n)
		close(fds[--n]);
}

/* Load until it fails. Return: how many, with errno and @why of the failure. */
static int load_all(const char *text, uint32_t *why)
{
	struct swc_load load;
	int n;

	for (n = 0; n < MAX_LOADED; n++) {
		fds[n] = guest_load(device, text, &load);
		if (fds[n] < 0)
			break;
	}
	*why = load.error;
	return n;
}

/* Fill up, give all back, and again: the same number must fit each time. */
static void test_fill(const char *name, const char *text)
{
	int first, n, i, cause;
	char what[80];
	uint32_t why;

	first = load_all(text, &why);
	cause = errno;
	snprintf(what, sizeof(what), "%s/refused when full", name);
	guest_check(first > 0 && cause == ENOSPC && why == SWC_ERR_NO_SPACE,
		    what, "%d loaded, then %s, error %u", first,
		    strerror(cause), why);
	unload_all(first);
	for (i = 0; i < 3; i++) {
		n = load_all(text, &why);
		unload_all(n);
		snprintf(what, sizeof(what), "%s/all comes back", name);
		guest_check(n == first, what, "%d fitted, now %d", first, n);
	}
}

/* Every second one goes: the free memory lies scattered, and is found. */
static void test_scattered(void)
{
	uint32_t why;
	int n = load_all("chain 1\n", &why), i, again = 0;

	for (i = 0; i < n; i += 2)
		close(fds[i]);
	for (i = 0; i < n; i += 2) {
		fds[i] = guest_must_load(device, "chain 1\n");
		again++;
	}
	guest_check(again == (n + 1) / 2, "scattered/fits again", "%d of %d",
		    again, (n + 1) / 2);
	unload_all(n);
}

/* A sequence of all the pages that one may have, and none left over. */
#define LARGEST "region a 2047\nstore a+0 8\n"

static bool largest_fits(void)
{
	struct swc_load load;
	int fd = guest_load(device, LARGEST, &load);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* A load that fails late has taken memory before: it must give it back. */
static void test_failed_loads(void)
{
	struct swc_load load;
	uint32_t why;
	int n, i;

	guest_check(largest_fits(), "failed/largest fits", "%s",
		    strerror(errno));
	n = load_all("chain 1\n", &why); /* the code's memory is full */
	for (i = 0; i < 5; i++)
		guest_load(device, "region a 1000\nstore a+0 8\n", &load);
	guest_check(load.error == SWC_ERR_NO_SPACE, "failed/no code memory",
		    "error %u", load.error);
	unload_all(n);
	guest_check(largest_fits(), "failed/for want of code memory", "%s",
		    strerror(errno));

	for (i = 0; i < ROUNDS; i++)
		guest_load(device, "region a 2\npush\n", &load);
	guest_check(load.error == SWC_ERR_NO_STACK && largest_fits(),
		    "failed/by the verifier", "error %u", load.error);
}

/* A sequence is built, but there is no number left for its descriptor. */
static void test_no_descriptor(void)
{
	struct rlimit before, none;
	struct swc_load load;
	int i, fd = -1, cause = 0;

	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = device + 1;
	setrlimit(RLIMIT_NOFILE, &none);
	for (i = 0; i < ROUNDS; i++) {
		fd = guest_load(device, "chain 1\n", &load);
		cause = errno;
	}
	setrlimit(RLIMIT_NOFILE, &before);
	guest_check(fd < 0 && cause == EMFILE, "descriptors/none left",
		    "%d (%s)", fd, strerror(cause));
	fd = guest_load(device, "chain 1\n", &load);
	guest_done("descriptors/nothing was lost", fd);
	close(fd);
}

/* Fill all memory in a process and kill it hard. Return: how many it loaded. */
static int load_and_die(void)
{
	int pipes[2], n = -1;
	uint32_t why;
	pid_t pid;

	if (pipe(pipes))
		return -1;
	pid = fork();
	if (!pid) {
		n = load_all("chain 1\n", &why);
		if (write(pipes[1], &n, sizeof(n)) != sizeof(n))
			_exit(1);
		pause();
		_exit(0);
	}
	if (read(pipes[0], &n, sizeof(n)) != sizeof(n))
		n = -1;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(pipes[0]);
	close(pipes[1]);
	return n;
}

static void test_killed(void)
{
	uint32_t why;
	int first = load_and_die(), n;

	guest_check(first > 0, "killed/first", "%d loaded", first);
	n = load_and_die();
	guest_check(n == first, "killed/gave all back", "%d, then %d", first,
		    n);
	n = load_all("chain 1\n", &why);
	unload_all(n);
	guest_check(n == first, "killed/others can use it", "%d, then %d",
		    first, n);
}

/* A descriptor that was passed on keeps the sequence; the last one frees it. */
static void test_shared(void)
{
	int arm = guest_must_load(device, "chain 1\n"), copy = dup(arm);
	struct swc_run run = guest_run(&copy, 1, 10);

	close(arm);
	guest_done("shared/a copy runs", ioctl(device, SWC_IOC_RUN, &run));
	close(copy);
	guest_refused("shared/after the last is closed",
		      ioctl(device, SWC_IOC_RUN, &run), EBADF);
}

/* A sequence isn't bound to the session that loaded it. */
static void test_sessions(void)
{
	int other = guest_open(), arm, i, fd;
	struct swc_run run;

	arm = guest_must_load(other, "chain 1\n");
	close(other);
	run = guest_run(&arm, 1, 10);
	guest_done("sessions/loaded in a closed one",
		   ioctl(device, SWC_IOC_RUN, &run));
	close(arm);

	/* Each has a large buffer: all of them together exceed memory. */
	for (i = 0; i < 20; i++) {
		fd = guest_open();
		guest_unmap(guest_map(fd, SWC_MAX_SAMPLES), SWC_MAX_SAMPLES);
		close(fd);
	}
	guest_check(i == 20, "sessions/buffers come back", "after %d", i);
}

int main(void)
{
	struct rlimit limit;

	device = guest_open();
	guest_map(device, GUEST_PAGE_SAMPLES);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);

	test_fill("code", "chain 1\n");
	test_fill("regions", "region a 2000\nstore a+0 8\n");
	test_fill("both", "region a 20\nchain 4096\nstore a+0 8\n");
	test_scattered();
	test_failed_loads();
	test_no_descriptor();
	test_killed();
	test_shared();
	test_sessions();
	return guest_summary();
}
