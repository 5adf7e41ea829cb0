// SPDX-License-Identifier: GPL-2.0
/*
 * Another module comes and goes while the oracle looks at page table entries. If
 * modules share blocks of 2 MiB for their text, each time splits and joins one, and
 * frees a page table: whoever still writes to it writes to somebody else's memory.
 * Debian's kernels don't notice that; but an oracle that answers for code on such a
 * kernel has written.
 */
#include "guest.h"

#include <sys/syscall.h>

#define NEIGHBOUR	"fakepmu.ko"
#define NEIGHBOURS_NAME "fakepmu"

/* So often it comes and goes, and so many questions are asked meanwhile, at least. */
#define LOADS	  30u
#define QUESTIONS 300u

/* The longest that may take, s: many times as long as on a slow machine. */
#define PATIENCE_S 150

#define REPLAYS 100u

static int device;
static struct swc_oracle_step steps[REPLAYS];
static uint8_t walks[64];

/**
 * struct shared - what the processes share
 * @loads: of the neighbour, so far
 * @failed: errno of a load or unload that went wrong
 * @stop: it is enough
 */
struct shared {
	uint32_t loads;
	int failed;
	bool stop;
};

static bool come_and_go(struct shared *shared, int module)
{
	if (syscall(SYS_finit_module, module, "", 0) ||
	    syscall(SYS_delete_module, NEIGHBOURS_NAME, O_NONBLOCK)) {
		shared->failed = errno;
		return false;
	}
	__atomic_fetch_add(&shared->loads, 1, __ATOMIC_RELEASE);
	return true;
}

static pid_t start_neighbour(struct shared *shared)
{
	pid_t pid = fork();
	int module;

	if (pid)
		return pid;
	module = open(NEIGHBOUR, O_RDONLY);
	while (!__atomic_load_n(&shared->stop, __ATOMIC_ACQUIRE)) {
		if (!come_and_go(shared, module))
			_exit(EXIT_FAILURE);
	}
	_exit(EXIT_SUCCESS);
}

static int ask(int arm)
{
	struct swc_oracle o = {
		.steps = (uintptr_t)steps,
		.nsteps = REPLAYS,
		.sequence = arm,
		.isolation = SWC_ISOLATION_IRQ_OFF,
		.walks = (uintptr_t)walks,
		.nwalks = sizeof(walks),
	};

	memset(walks, 0xee, sizeof(walks));
	return ioctl(device, SWC_IOC_ORACLE, &o) ? errno : 0;
}

/* A second one who asks: each has to wait for the other's window. */
static pid_t start_rival(struct shared *shared, int arm)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	while (!__atomic_load_n(&shared->stop, __ATOMIC_ACQUIRE))
		ask(arm);
	_exit(EXIT_SUCCESS);
}

/*
 * Are the walks of memory known, and that of the last page, which is code, only
 * if @code?
 */
static bool walks_are_told(uint32_t pages, bool code)
{
	uint32_t i;

	for (i = 0; i + 1 < pages; i++) {
		if (walks[i] > SWC_ORACLE_WALKED)
			return false;
	}
	return (walks[i] <= SWC_ORACLE_WALKED) == code;
}

static void ask_beside(struct shared *shared, int arm)
{
	bool code = guest_info(device).capabilities & SWC_CAP_CODE_PAGES;
	uint32_t asked = 0, loads = 0, refused = 0, wrong = 0;
	double end = guest_now() + PATIENCE_S;
	int rc, last = 0;

	while ((asked < QUESTIONS || loads < LOADS) && !shared->failed &&
	       guest_now() < end) {
		rc = ask(arm);
		if (rc)
			last = rc;
		refused += !!rc;
		/* A page of the engine's, two of a region, one or two of code. */
		wrong += !rc && !walks_are_told(4, code);
		asked++;
		loads = __atomic_load_n(&shared->loads, __ATOMIC_ACQUIRE);
	}
	guest_check(!refused, "neighbours/each question is answered",
		    "%u of %u: %s", refused, asked, strerror(last));
	guest_check(!wrong,
		    "neighbours/about memory always, about code as said",
		    "%u of %u", wrong, asked);
	guest_check(loads >= LOADS && asked >= QUESTIONS,
		    "neighbours/came and went meanwhile",
		    "%u times, %u questions, %s", loads, asked,
		    strerror(shared->failed));
}

int main(void)
{
	struct shared *shared = mmap(NULL, sizeof(*shared),
				     PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t neighbour, rival;
	uint32_t i;
	int arm;

	device = guest_open();
	if (shared == MAP_FAILED)
		guest_give_up("map memory");
	for (i = 0; i < REPLAYS; i++)
		steps[i].kind = SWC_ORACLE_REPLAY;
	arm = guest_must_load(device, "region a 2\nload a+0 8\n");
	neighbour = start_neighbour(shared);
	rival = start_rival(shared, arm);
	ask_beside(shared, arm);
	__atomic_store_n(&shared->stop, true, __ATOMIC_RELEASE);
	guest_check(guest_child_passed(neighbour), "neighbours/went at last",
		    "%s", strerror(shared->failed));
	guest_check(guest_child_passed(rival), "neighbours/the rival ended",
		    "it failed");
	close(arm);
	close(device);
	return guest_summary();
}
