// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/switchcost: nobody can write code that may run. The module writes it through a
 * second mapping of its pages, and the kernel lists each mapping, with who made it:
 * there is one while a sequence is loaded or closed, and none while sequences lie there
 * or are replayed. Needs two CPUs: one looks while the other does something.
 */
#include "guest.h"

/* The functions of module/arena.c that map code begin so. */
#define CODE	" swc_arena_"
#define MAPPING " vmap"

#define LOOKING 1
#define DOING	0

/* So often it looks, and so many calls end meanwhile, at least. */
#define LOOKS	   100u
#define CALLS	   10u
#define PATIENCE_S 60

#define SAMPLES 2000u

/* Emitting so many operations takes many times as long as reading the list. */
#define LARGE 20000u

/**
 * struct shared - what the processes share
 * @calls: that one has made so far
 * @failed: errno of one that went wrong
 * @stop: it is enough
 */
struct shared {
	uint32_t calls;
	int failed;
	bool stop;
};

static struct shared *shared;
static int device, arm;
static struct swc_load large;
static struct swc_trial_sample taken[SAMPLES];

static int load_and_close(void)
{
	int fd = ioctl(device, SWC_IOC_LOAD, &large);

	return fd < 0 ? -1 : close(fd);
}

static int run(void)
{
	struct swc_run ask = guest_run(&arm, 1, SAMPLES);

	return ioctl(device, SWC_IOC_RUN, &ask);
}

static int run_trials(void)
{
	struct swc_trials ask = guest_trials(arm, taken, SAMPLES);

	return ioctl(device, SWC_IOC_TRIALS, &ask);
}

static pid_t start(int (*call)(void))
{
	pid_t pid;

	*shared = (struct shared){0};
	pid = fork();
	if (pid)
		return pid;
	guest_pin(DOING);
	while (!__atomic_load_n(&shared->stop, __ATOMIC_ACQUIRE)) {
		if (call()) {
			shared->failed = errno;
			_exit(EXIT_FAILURE);
		}
		__atomic_fetch_add(&shared->calls, 1, __ATOMIC_RELEASE);
	}
	_exit(EXIT_SUCCESS);
}

static uint32_t calls(void)
{
	return __atomic_load_n(&shared->calls, __ATOMIC_ACQUIRE);
}

/* Is code mapped a second time beside another process's calls, as is wanted? */
static void look_beside(const char *name, int (*call)(void), bool wanted)
{
	uint32_t looks = 0, seen = 0;
	double end = guest_now() + PATIENCE_S;
	pid_t pid = start(call);
	bool ended;

	while (!calls() && !shared->failed && guest_now() < end)
		usleep(1000);
	while ((looks < LOOKS || calls() < CALLS || (wanted && !seen)) &&
	       !shared->failed && guest_now() < end) {
		seen += guest_areas(CODE) > 0;
		looks++;
	}
	__atomic_store_n(&shared->stop, true, __ATOMIC_RELEASE);
	ended = guest_child_passed(pid);
	guest_check(ended && looks >= LOOKS && calls() >= CALLS &&
			    !seen == !wanted,
		    name, "%u of %u looks saw it, beside %u calls, %s", seen,
		    looks, calls(), strerror(shared->failed));
	printf("# %u of %u looks, beside %u calls\n", seen, looks, calls());
}

/* Nothing goes on: the ring alone is mapped, whose line shows that the list is read. */
static void look(const char *name)
{
	int code = guest_areas(CODE), all = guest_areas(MAPPING);

	guest_check(!code && all == 1, name, "%d of code, %d in all", code,
		    all);
}

static struct swc_load parse_large(struct sequence *s)
{
	const char op[] = "nop 1\n";
	char *text = malloc(LARGE * (sizeof(op) - 1) + 1), *at = text;
	struct swc_load load;
	uint32_t i;

	if (!text)
		guest_give_up("memory");
	for (i = 0; i < LARGE; i++)
		at = stpcpy(at, op);
	load = guest_parse(text, s);
	free(text);
	return load;
}

int main(void)
{
	struct sequence s;
	int other;

	device = guest_open();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		guest_give_up("map memory");
	guest_map(device, SAMPLES);
	large = parse_large(&s);
	guest_pin(LOOKING);
	look_beside("wx/control: beside LOADs it is seen", load_and_close,
		    true);
	arm = guest_must_load(device, "region a 2\nload a+0 8\nchain 10\n");
	other = ioctl(device, SWC_IOC_LOAD, &large);
	guest_done("wx/a large sequence", other);
	look("wx/not of what is loaded");
	look_beside("wx/not beside RUNs", run, false);
	look_beside("wx/not beside TRIALS", run_trials, false);
	close(other);
	look("wx/not after one is closed");
	close(arm);
	look("wx/not after all are");
	sequence_free(&s);
	return guest_summary();
}
