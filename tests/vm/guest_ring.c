// SPDX-License-Identifier: GPL-2.0
/* /dev/switchcost: the ring of samples, and readers of all kinds. */
#include "guest.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/time.h>

#define CAPACITY ((uint32_t)GUEST_PAGE_SAMPLES)
#define PATTERN	 0xa5

/* So many, with warm replays, that a run never ends by itself. */
#define LONG 200000u

/* Far more samples than the ring holds. */
#define STREAM 40000u

static int device, arms[2];
static struct swc_ring *ring;
static struct swc_sample *samples;

static uint64_t head(void)
{
	return __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
}

static void set_tail(uint64_t tail)
{
	__atomic_store_n(&ring->tail, tail, __ATOMIC_RELEASE);
}

/* A RUN that goes on where the last one ended. */
static int run_on(struct swc_run *run, uint32_t wanted)
{
	*run = guest_run(arms, 2, wanted);
	run->flags = 0;
	return ioctl(device, SWC_IOC_RUN, run);
}

static void rewind_ring(void)
{
	struct swc_run run = guest_run(arms, 2, 1);

	if (ioctl(device, SWC_IOC_RUN, &run))
		guest_give_up("rewind");
	set_tail(head());
}

static bool is_sample(const struct swc_sample *s)
{
	return s->ticks && s->arm < 2 &&
	       !(s->flags & ~(SWC_SAMPLE_DROP | SWC_SAMPLE_NEAR_SMI));
}

static bool is_pattern(const struct swc_sample *s)
{
	struct swc_sample pattern;

	memset(&pattern, PATTERN, sizeof(pattern));
	return !memcmp(s, &pattern, sizeof(pattern));
}

/* Were just these @n written, from number @from on? Return: how many weren't. */
static uint32_t misplaced(uint64_t from, uint32_t n)
{
	uint32_t i, place, bad = 0;

	for (i = 0; i < CAPACITY; i++) {
		place = (from + i) % CAPACITY;
		bad += i < n ? !is_sample(&samples[place])
			     : !is_pattern(&samples[place]);
	}
	return bad;
}

static void test_indices(void)
{
	struct swc_run run;

	guest_check(!ring->head && !ring->tail, "ring/is empty", "%llu, %llu",
		    ring->head, ring->tail);
	guest_done("ring/a run", run_on(&run, 100));
	guest_check(ring->head == 100 && run.produced == 100, "ring/head",
		    "%llu, produced %u", ring->head, run.produced);
	guest_done("ring/goes on", run_on(&run, 100));
	guest_check(ring->head == 200 && !ring->tail, "ring/head after two",
		    "%llu, tail %llu", ring->head, ring->tail);
	guest_done("ring/fills up", run_on(&run, 10 * CAPACITY));
	guest_check(ring->head == CAPACITY && run.produced == CAPACITY - 200,
		    "ring/stops when full", "%llu, produced %u", ring->head,
		    run.produced);
	guest_refused("ring/no room", run_on(&run, 1), ENOBUFS);
	guest_check(!run.produced && !run.windows && ring->head == CAPACITY,
		    "ring/no room, nothing done", "produced %u, windows %u",
		    run.produced, run.windows);
	run = guest_run(arms, 2, 7);
	guest_done("ring/rewound", ioctl(device, SWC_IOC_RUN, &run));
	guest_check(ring->head == 7 && !ring->tail, "ring/begins anew",
		    "%llu, %llu", ring->head, ring->tail);
}

/* Steps that share no divisor with the capacity: every place is a boundary. */
static void test_wrap(void)
{
	uint64_t before, tail;
	struct swc_run run;
	uint32_t i, room, bad = 0, wrong = 0;

	rewind_ring();
	for (i = 0; i < 200; i++) {
		before = head();
		memset(samples, PATTERN, CAPACITY * sizeof(*samples));
		tail = before - i * 97 % (CAPACITY + 1);
		if (tail > before)
			continue; /* not so many yet */
		set_tail(tail);
		room = CAPACITY - (before - tail);
		if (!room)
			continue;
		if (run_on(&run, 1 + i * 31 % CAPACITY))
			wrong++;
		wrong += run.produced !=
			 (run.samples < room ? run.samples : room);
		wrong += head() != before + run.produced;
		bad += misplaced(before, run.produced);
	}
	guest_check(!wrong, "wrap/what it says", "%u times wrong", wrong);
	guest_check(!bad, "wrap/what it writes", "%u places", bad);
}

static void test_nonsense(void)
{
	static const uint64_t tails[] = {1, CAPACITY, 1ull << 31, 1ull << 32,
					 1ull << 63};
	struct swc_run run;
	uint64_t before;
	size_t i;

	rewind_ring();
	before = head();
	memset(samples, PATTERN, CAPACITY * sizeof(*samples));
	for (i = 0; i < GUEST_COUNT(tails); i++) {
		set_tail(before + tails[i]);
		guest_refused("nonsense/ahead of the head", run_on(&run, 10),
			      ENOBUFS);
	}
	set_tail(before - CAPACITY - 1);
	guest_refused("nonsense/too far behind", run_on(&run, 10), ENOBUFS);
	guest_check(!misplaced(0, 0), "nonsense/nothing is written",
		    "%u places", misplaced(0, 0));
	set_tail(before);
	ring->head = 0xdeadbeefdeadbeef;
	guest_done("nonsense/the head is the kernel's", run_on(&run, 10));
	guest_check(head() == before + 10 && !misplaced(before, 10),
		    "nonsense/it is put right", "%llu",
		    (unsigned long long)head());
}

struct reader {
	uint64_t consumed;
	uint32_t strange;
	atomic_bool stop;
};

/* Reads while the other thread runs. */
static void *read_all(void *argument)
{
	struct reader *r = argument;
	uint64_t tail = ring->tail, until;

	while (!atomic_load(&r->stop) || tail != head()) {
		until = head();
		for (; tail != until; tail++) {
			r->strange += !is_sample(&samples[tail % CAPACITY]);
			r->consumed++;
		}
		set_tail(tail);
		if (tail == head())
			usleep(100);
	}
	return NULL;
}

static void test_reader(void)
{
	struct reader reader = {0};
	uint32_t produced = 0, calls = 0;
	struct swc_run run;
	pthread_t thread;

	rewind_ring();
	if (pthread_create(&thread, NULL, read_all, &reader))
		return;
	while (produced < STREAM && calls++ < 100000) {
		if (!run_on(&run, STREAM - produced))
			produced += run.produced;
		else if (errno == ENOBUFS)
			usleep(100); /* the reader is slower */
		else
			break;
	}
	atomic_store(&reader.stop, true);
	pthread_join(thread, NULL);
	guest_check(produced == STREAM && reader.consumed == STREAM,
		    "reader/gets all while it runs",
		    "produced %u, consumed %llu: %s", produced,
		    (unsigned long long)reader.consumed, strerror(errno));
	guest_check(!reader.strange, "reader/gets samples", "%u are strange",
		    reader.strange);
}

/* Scribbles over the page of indices, at random, as fast as it can. */
static void *scribble(void *argument)
{
	atomic_bool *stop = argument;
	uint64_t random = 88172645463325252ull;

	while (!atomic_load(stop)) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		set_tail(random & 1 ? random : head() - random % CAPACITY);
		ring->head = random;
	}
	return NULL;
}

static void test_scribbler(void)
{
	atomic_bool stop = false;
	uint32_t i, odd = 0, beyond = 0;
	struct swc_run run;
	pthread_t thread;

	rewind_ring();
	if (pthread_create(&thread, NULL, scribble, &stop))
		return;
	for (i = 0; i < 200; i++) {
		odd += run_on(&run, 1000) && errno != ENOBUFS;
		beyond += run.produced > 1000;
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	guest_check(!odd && !beyond, "scribbler/harms nobody else",
		    "%u odd errors, %u too many", odd, beyond);
	rewind_ring();
	guest_done("scribbler/afterwards all is well", run_on(&run, CAPACITY));
}

static void wake(int signal)
{
	(void)signal;
}

struct mapping {
	int device;
	int cause;
	double seconds;
};

/* The same open of the device, while the other thread is in its ioctl. */
static void *map_meanwhile(void *argument)
{
	struct mapping *m = argument;
	void *p;

	usleep(100000);
	m->seconds = guest_now();
	p = mmap(NULL, guest_ring_bytes(1), PROT_READ, MAP_SHARED, m->device,
		 0);
	m->cause = p == MAP_FAILED ? errno : 0;
	m->seconds = guest_now() - m->seconds;
	return NULL;
}

/* An mmap() that waited would hold the lock of the address space all the while. */
static void test_map_meanwhile(void)
{
	struct itimerval when = {.it_value = {.tv_sec = 1}};
	struct sigaction action = {.sa_handler = wake};
	int arm = guest_must_load(device, "chain 4096\n");
	struct swc_run run = guest_run(&arm, 1, LONG);
	struct mapping mapping = {.device = guest_open()};
	struct swc_ring *own = guest_ring(mapping.device, LONG);
	pthread_t thread;

	run.warm = guest_long_warm();
	if (pthread_create(&thread, NULL, map_meanwhile, &mapping))
		return;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &when, NULL);
	guest_refused("meanwhile/a run",
		      ioctl(mapping.device, SWC_IOC_RUN, &run), EINTR);
	pthread_join(thread, NULL);
	guest_check(mapping.cause == EBUSY, "meanwhile/mmap() is refused", "%s",
		    strerror(mapping.cause));
	guest_check(mapping.seconds < 0.5, "meanwhile/at once", "after %.1f s",
		    mapping.seconds);
	guest_check(run.produced && run.produced == own->head,
		    "meanwhile/what there is, is reported", "%u and %llu",
		    run.produced, own->head);
	munmap(own, guest_ring_bytes(LONG));
	close(mapping.device);
	close(arm);
}

int main(void)
{
	device = guest_open();
	ring = guest_ring(device, CAPACITY);
	samples = (struct swc_sample *)guest_samples(ring);
	arms[0] = guest_must_load(device, "chain 1\n");
	arms[1] = guest_must_load(device, "chain 100\n");
	test_indices();
	test_wrap();
	test_nonsense();
	test_reader();
	test_scribbler();
	test_map_meanwhile();
	return guest_summary();
}
