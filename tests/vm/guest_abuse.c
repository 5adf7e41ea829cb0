// SPDX-License-Identifier: GPL-2.0
/*
 * Everything at once that a caller may try, by several processes on all CPUs: calls with
 * members drawn at random, descriptors that are passed on or closed in use, forks, kills,
 * games with mappings, while a CPU comes and goes, memory is short, and somebody tries to
 * unload the module. Afterwards nothing may be left and everything has to work.
 *
 * usage: guest_abuse SEED MODULE.ko PARAMETER...
 *
 * A seed fixes what each process draws, and not how they meet. Needs two CPUs and the
 * module loaded; ends with it loaded.
 */
#include "guest.h"

#include <setjmp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define ABUSERS	 6
#define ACTS	 120 /* by each */
#define ARMS	 6
#define RELOADS	 10
#define PATIENCE 240 /* s: what is waited for takes a small part of it */
#define RING	 2048u

/* Each abuser has these, and its children inherit them. */
struct abuser {
	uint64_t random;
	int device;
	int arms[ARMS];
	char *ring;
	size_t ring_bytes;
	int to_all, from_all;
};

/* A page, and none before and behind it. */
static char *edge;

/* Of an act's calls: none, some and all but one in 42 are refused. */
enum fails { NEVER, SOMETIMES, MOSTLY };

struct act {
	const char *name;
	int (*try)(struct abuser *a); /* 0, or -1 */
	enum fails fails;
};

static uint32_t draw(struct abuser *a, uint32_t below)
{
	/* Marsaglia, "Xorshift RNGs", 2003. */
	a->random ^= a->random << 13;
	a->random ^= a->random >> 7;
	a->random ^= a->random << 17;
	return (a->random >> 16) % below;
}

static bool chance(struct abuser *a, uint32_t in)
{
	return !draw(a, in);
}

static int any_arm(struct abuser *a)
{
	return chance(a, 12) ? (int)draw(a, 40) - 2 : a->arms[draw(a, ARMS)];
}

/* Put something else into one aligned word in two structures of three. */
static void spoil(struct abuser *a, void *what, size_t bytes)
{
	static const uint32_t odd[] = {
		0, 1, 2, 31, 4096, 0x7fffffff, 0x80000000, 0xffffffff};
	uint32_t *word = what;

	if (chance(a, 3))
		word[draw(a, bytes / sizeof(*word))] =
			chance(a, 2) ? odd[draw(a, GUEST_COUNT(odd))]
				     : (uint32_t)a->random;
}

/* Another ring instead of the one mapped, or memory that is none. Return: 0, or -1. */
static int map_ring(struct abuser *a, size_t bytes, int prot, int flags,
		    off_t offset)
{
	char *at;

	if (a->ring)
		munmap(a->ring, a->ring_bytes);
	at = mmap(NULL, bytes, prot, flags, a->device, offset);
	a->ring = at;
	a->ring_bytes = bytes;
	if (at != MAP_FAILED)
		return 0;
	a->ring = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (a->ring == MAP_FAILED)
		guest_give_up("map memory");
	return -1;
}

static int act_load(struct abuser *a)
{
	static const char *const texts[] = {
		"chain 20\n",
		"region a 4\nload a+0 8\nstore a+0x2008 8\ninvlpg a+0x1000\n",
		"region s 1\nswitch s+0x800\ncall\nret\nswitch back\n",
		"region a 64\nload a+0 8\nload a+0x3f000 8\n",
		"region s 2\nentry s+0x1000\ncall\nlock cmpxchg s+0x100 8\nret\n",
	};
	struct swc_state state = {
		.l1d.bits = {1},
		.dtlb.bits = {chance(a, 2)},
		.l1d_bytes = 32768u << draw(a, 3),
		.flags = draw(a, 2) * SWC_STATE_COLD_CODE,
	};
	uint32_t i = draw(a, ARMS);
	struct swc_load load;
	struct sequence s;
	int fd;

	load = guest_parse(texts[draw(a, GUEST_COUNT(texts))], &s);
	spoil(a, (void *)(uintptr_t)load.ops,
	      load.nops * sizeof(struct swc_op));
	if (load.nregions && chance(a, 3)) {
		spoil(a, &state, sizeof(state));
		load.state = (uintptr_t)&state;
	}
	if (chance(a, 4))
		spoil(a, &load, sizeof(load));
	fd = ioctl(a->device, SWC_IOC_LOAD, &load);
	sequence_free(&s);
	if (fd < 0)
		return -1;
	close(a->arms[i]);
	a->arms[i] = fd;
	return 0;
}

static int act_run(struct abuser *a)
{
	int arms[4] = {any_arm(a), any_arm(a), any_arm(a), any_arm(a)};
	struct swc_run run = guest_run(arms, 1 + draw(a, 4), 1 + draw(a, 300));

	run.cpu = draw(a, 2);
	run.isolation = draw(a, 5);
	run.seed = a->random;
	spoil(a, &run, sizeof(run));
	return ioctl(a->device, SWC_IOC_RUN, &run);
}

static int act_ask(struct abuser *a)
{
	struct swc_oracle_step steps[24];
	uint8_t walks[128];
	struct swc_oracle ask = {
		.steps = (uintptr_t)steps,
		.nsteps = 1 + draw(a, GUEST_COUNT(steps)),
		.npages = 8,
		.sequence = any_arm(a),
		.cpu = draw(a, 2),
		.isolation = 3 + draw(a, 2),
	};
	uint32_t i;

	for (i = 0; i < GUEST_COUNT(steps); i++) {
		steps[i] = (struct swc_oracle_step){.page = draw(a, 8),
						    .kind = 1 + draw(a, 3)};
		if (steps[i].kind == SWC_ORACLE_REPLAY)
			steps[i].page = 0;
	}
	if (chance(a, 2)) {
		ask.walks = (uintptr_t)walks;
		ask.nwalks = sizeof(walks);
	}
	if (chance(a, 4))
		spoil(a, steps, sizeof(steps));
	spoil(a, &ask, sizeof(ask));
	return ioctl(a->device, SWC_IOC_ORACLE, &ask);
}

static int act_trials(struct abuser *a)
{
	static struct swc_trial_sample taken[64];
	struct swc_trials ask =
		guest_trials(any_arm(a), taken, GUEST_COUNT(taken));

	ask.npages = 1 + draw(a, 40);
	ask.cpu = draw(a, 2);
	ask.isolation = draw(a, 5);
	ask.limit_ms = 1 + draw(a, 20);
	spoil(a, &ask, sizeof(ask));
	return ioctl(a->device, SWC_IOC_TRIALS, &ask);
}

/* A call whose argument lies where the kernel can't read or write all of it. */
static int act_pointer(struct abuser *a)
{
	static const unsigned long calls[] = {SWC_IOC_GET_INFO, SWC_IOC_LOAD,
					      SWC_IOC_RUN,	SWC_IOC_ORACLE,
					      SWC_IOC_TRIALS,	0x5401};
	const char *const at[] = {NULL,
				  (char *)0x1000,
				  (char *)0xffffffff81000000ul,
				  (char *)0x7fffffffe000,
				  (char *)(uintptr_t)&act_pointer,
				  a->ring,
				  edge + GUEST_PAGE - 8};

	return ioctl(a->device, calls[draw(a, GUEST_COUNT(calls))],
		     at[draw(a, GUEST_COUNT(at))] + draw(a, 8));
}

/* Refused if this open has a ring already. */
static int act_map(struct abuser *a)
{
	size_t bytes = guest_ring_bytes(1u << draw(a, 14));
	int prot = chance(a, 3) ? PROT_READ : PROT_READ | PROT_WRITE;

	if (chance(a, 4))
		bytes += GUEST_PAGE * draw(a, 4000);
	return map_ring(a, bytes, prot, chance(a, 5) ? MAP_PRIVATE : MAP_SHARED,
			chance(a, 5) ? GUEST_PAGE * draw(a, 9) : 0);
}

/* Also what the kernel reads, while it may be reading it. */
static int act_remap(struct abuser *a)
{
	size_t half = a->ring_bytes / 2 / GUEST_PAGE * GUEST_PAGE;
	struct swc_ring *ring = (void *)a->ring;

	switch (draw(a, 6)) {
	case 0:
		return madvise(a->ring, a->ring_bytes, MADV_DONTNEED);
	case 1:
		return mprotect(a->ring, half, PROT_READ | PROT_WRITE);
	case 2:
		return mprotect(a->ring, half, PROT_READ | PROT_EXEC);
	case 3:
		return mremap(a->ring, a->ring_bytes, 2 * a->ring_bytes, 0) ==
				       MAP_FAILED
			       ? -1
			       : 0;
	case 4:
		return madvise(a->ring, a->ring_bytes,
			       chance(a, 2) ? MADV_DONTFORK : MADV_DOFORK);
	default:
		if (mprotect(a->ring, half, PROT_READ | PROT_WRITE))
			return -1;
		__atomic_store_n(&ring->head, a->random, __ATOMIC_RELAXED);
		__atomic_store_n(&ring->tail, a->random >> draw(a, 64),
				 __ATOMIC_RELAXED);
		return 0;
	}
}

static int act_close(struct abuser *a)
{
	return close(a->arms[draw(a, ARMS)]);
}

/* With a ring, or with none that act_map() may then map. */
static int act_reopen(struct abuser *a)
{
	close(a->device);
	a->device = open(SWC_DEVICE, chance(a, 8) ? O_RDONLY : O_RDWR);
	if (a->device < 0)
		return -1;
	return chance(a, 2) ? 0
			    : map_ring(a, guest_ring_bytes(RING),
				       PROT_READ | PROT_WRITE, MAP_SHARED, 0);
}

/* Send a descriptor to whichever of all gets it first, or get one. */
static int act_pass(struct abuser *a)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec io = {&byte, 1};
	struct msghdr m = {.msg_iov = &io,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	struct cmsghdr *head = CMSG_FIRSTHDR(&m);
	int fd = chance(a, 2) ? a->device : any_arm(a);

	if (chance(a, 2)) {
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(head), &fd, sizeof(fd));
		return sendmsg(a->to_all, &m, MSG_DONTWAIT) < 0 ? -1 : 0;
	}
	if (recvmsg(a->from_all, &m, MSG_DONTWAIT) < 0)
		return -1;
	head = CMSG_FIRSTHDR(&m);
	if (!head || head->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	close(a->arms[0]);
	a->arms[0] = fd;
	return 0;
}

static int act_hop(struct abuser *a)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(draw(a, 2), &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

/* A child goes on with what it has inherited until it is killed, wherever it is. */
static int act_fork(struct abuser *a)
{
	int (*const acts[])(struct abuser *) = {act_run, act_load, act_trials,
						act_ask, act_map};
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -1;
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		a->random ^= getpid();
		for (;;)
			acts[draw(a, GUEST_COUNT(acts))](a);
	}
	usleep(draw(a, 20000));
	kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) ? 0 : -1;
}

static const struct act acts[] = {
	{"load", act_load, SOMETIMES},	  {"run", act_run, SOMETIMES},
	{"oracle", act_ask, SOMETIMES},	  {"trials", act_trials, SOMETIMES},
	{"pointer", act_pointer, MOSTLY}, {"map", act_map, SOMETIMES},
	{"remap", act_remap, SOMETIMES},  {"close", act_close, NEVER},
	{"reopen", act_reopen, NEVER},	  {"pass", act_pass, NEVER},
	{"hop", act_hop, NEVER},	  {"fork and kill", act_fork, NEVER},
};

/* Of all abusers, by act: how often it succeeded, and how often it didn't. */
static uint32_t (*tally)[2];

/* A process may harm itself, which is none of the module's: it goes on with the next act. */
static sigjmp_buf next_act;

static void harmed(int signal)
{
	siglongjmp(next_act, signal);
}

static int try_act(const struct act *act, struct abuser *a)
{
	if (sigsetjmp(next_act, 1))
		return -1;
	return act->try(a);
}

__attribute__((noreturn)) static void abuse(struct abuser *a)
{
	uint32_t i, n;

	signal(SIGBUS, harmed);
	signal(SIGSEGV, harmed);
	a->device = guest_open();
	map_ring(a, guest_ring_bytes(RING), PROT_READ | PROT_WRITE, MAP_SHARED,
		 0);
	for (i = 0; i < ARMS; i++)
		a->arms[i] = guest_must_load(a->device, "chain 20\n");
	for (n = 0; n < ACTS; n++) {
		i = draw(a, GUEST_COUNT(acts));
		__atomic_fetch_add(&tally[i][!!try_act(&acts[i], a)], 1,
				   __ATOMIC_RELAXED);
	}
	_exit(EXIT_SUCCESS);
}

/* The processes beside the abusers, each until it is killed. */
static void go_offline_and_on(void)
{
	for (;;) {
		guest_set_online("0");
		usleep(30000);
		guest_set_online("1");
		usleep(50000);
	}
}

static int unload(void)
{
	return syscall(SYS_delete_module, "switchcost", O_NONBLOCK);
}

static void try_unload(void)
{
	for (;;) {
		if (!unload())
			_exit(EXIT_FAILURE);
		usleep(10000);
	}
}

/* Is killed rather than anybody else if memory runs out. */
static void press(void)
{
	const size_t chunk = 16u << 20;
	char *at[16];
	size_t i;

	guest_write("/proc/self/oom_score_adj", "1000");
	for (;;) {
		for (i = 0; i < GUEST_COUNT(at); i++) {
			at[i] = mmap(NULL, chunk, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			if (at[i] != MAP_FAILED)
				memset(at[i], 1, chunk);
		}
		guest_write("/proc/sys/vm/drop_caches", "3");
		for (i = 0; i < GUEST_COUNT(at); i++)
			munmap(at[i], chunk);
	}
}

static pid_t beside(void (*what)(void))
{
	pid_t pid = fork();

	if (!pid) {
		what();
		_exit(EXIT_SUCCESS);
	}
	return pid;
}

/* Return: was it still there? */
static bool end_beside(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status);
}

/* Wait for a child, for a bounded time. Return: did it exit with 0? */
static bool ends_by(pid_t pid, double end)
{
	int status = -1;

	while (!waitpid(pid, &status, WNOHANG)) {
		if (guest_now() > end) {
			printf("# one is in state %c\n", guest_state_of(pid));
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return false;
		}
		usleep(10000);
	}
	if (WIFSIGNALED(status))
		printf("# one was killed by signal %d\n", WTERMSIG(status));
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static void check_tally(void)
{
	char name[64];
	size_t i;

	for (i = 0; i < GUEST_COUNT(acts); i++) {
		printf("# %s: %u times, and %u refused\n", acts[i].name,
		       tally[i][0], tally[i][1]);
		snprintf(name, sizeof(name), "abuse/%s: %s%s", acts[i].name,
			 acts[i].fails == MOSTLY ? "tried" : "done",
			 acts[i].fails ? ", and refused" : "");
		guest_check((tally[i][0] || acts[i].fails == MOSTLY) &&
				    (tally[i][1] || !acts[i].fails),
			    name, "%u and %u", tally[i][0], tally[i][1]);
	}
}

static void test_abuse(uint64_t seed)
{
	pid_t sides[3], pids[ABUSERS];
	double end = guest_now() + PATIENCE;
	struct abuser a = {0};
	int pair[2], i, ended = 0;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		guest_give_up("make a socket");
	sides[0] = beside(go_offline_and_on);
	sides[1] = beside(try_unload);
	sides[2] = beside(press);
	for (i = 0; i < ABUSERS; i++) {
		a.random = (seed + i + 1) * 0x9e3779b97f4a7c15ull;
		a.to_all = pair[0];
		a.from_all = pair[1];
		pids[i] = fork();
		if (!pids[i])
			abuse(&a);
	}
	for (i = 0; i < ABUSERS; i++)
		ended += ends_by(pids[i], end);
	guest_check(ended == ABUSERS, "abuse/all come to their end", "%d of %d",
		    ended, ABUSERS);
	end_beside(sides[0]);
	guest_check(end_beside(sides[1]), "abuse/nobody unloads what is open",
		    "it was unloaded");
	end_beside(sides[2]);
	guest_set_online("1");
	close(pair[0]);
	close(pair[1]);
	check_tally();
}

/* All that can be asked of it is as it was. */
static void test_works(int areas)
{
	int device = guest_open();
	const struct swc_sample *samples =
		guest_map(device, GUEST_PAGE_SAMPLES);
	int arm = guest_must_load(device, "chain 20\n"), i;
	struct swc_run run = guest_run(&arm, 1, GUEST_PAGE_SAMPLES);
	double end = guest_now() + PATIENCE;
	struct swc_oracle_step steps[] = {{.kind = SWC_ORACLE_TOUCH},
					  {.kind = SWC_ORACLE_TOUCH}};
	struct swc_oracle ask = {.steps = (uintptr_t)steps,
				 .nsteps = GUEST_COUNT(steps),
				 .npages = 1,
				 .sequence = -1,
				 .isolation = SWC_ISOLATION_IRQ_OFF};

	for (i = 0; i < 2; i++) {
		run.cpu = i;
		guest_done("after/a run", ioctl(device, SWC_IOC_RUN, &run));
		guest_check(run.produced == GUEST_PAGE_SAMPLES && !run.traps,
			    "after/is whole", "%u samples, %u traps",
			    run.produced, run.traps);
	}
	guest_done("after/a question", ioctl(device, SWC_IOC_ORACLE, &ask));
	guest_check(steps[1].verdict == SWC_ORACLE_HIT, "after/its answer",
		    "%u", steps[1].verdict);
	guest_unmap(samples, GUEST_PAGE_SAMPLES);
	close(arm);
	close(device);
	/* The kernel closes a little later what a dead process or a socket had. */
	while ((i = guest_areas("")) != areas && guest_now() < end)
		usleep(10000);
	guest_check(i == areas, "after/no mapping is left",
		    "%d before, %d after", areas, i);
}

/*
 * Opens, if it is there, and uses it: until it is killed. Between its turns it waits as
 * long as one takes, and some more: a kernel that watches itself takes so long for one
 * that else there would hardly be a time at which nobody has the module open.
 */
static void open_and_use(void)
{
	struct swc_load load;
	double begin;
	int device;

	for (;;) {
		begin = guest_now();
		device = open(SWC_DEVICE, O_RDWR | O_CLOEXEC);
		if (device < 0)
			continue;
		close(guest_load(device, "chain 20\n", &load));
		close(device);
		usleep((guest_now() - begin) * 1e6 + rand() % 30000);
	}
}

static bool load_module(const char *path, const char *parameters)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0 && !syscall(SYS_finit_module, fd, parameters, 0);

	close(fd);
	return ok;
}

/* The module comes and goes while others open it. */
static void test_reload(const char *path, const char *parameters)
{
	pid_t pids[2] = {beside(open_and_use), beside(open_and_use)};
	double begin = guest_now(), end = begin + PATIENCE;
	int i, done = 0;

	for (i = 0; i < RELOADS; i++) {
		while (unload() && guest_now() < end)
			usleep(100);
		done += load_module(path, parameters);
	}
	guest_check(done == RELOADS, "reload/while others open it",
		    "%d of %d: %s", done, RELOADS, strerror(errno));
	printf("# reload: %d times in %.1f s\n", done, guest_now() - begin);
	guest_check(end_beside(pids[0]) && end_beside(pids[1]),
		    "reload/they go on", "ended");
}

/* Shared with all children; a call that writes too far meets no page. */
static char *lone_page(void)
{
	char *at = mmap(NULL, 3 * GUEST_PAGE, PROT_NONE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED ||
	    mprotect(at + GUEST_PAGE, GUEST_PAGE, PROT_READ | PROT_WRITE))
		guest_give_up("share memory");
	return at + GUEST_PAGE;
}

int main(int argc, char **argv)
{
	int device = guest_open(), areas = guest_areas("");

	if (argc != 4)
		return EXIT_FAILURE;
	guest_write("/proc/self/oom_score_adj", "-1000");
	tally = (void *)lone_page();
	edge = lone_page();
	test_abuse(strtoull(argv[1], NULL, 0));
	test_works(areas);
	close(device);
	test_reload(argv[2], argv[3]);
	return guest_summary();
}
