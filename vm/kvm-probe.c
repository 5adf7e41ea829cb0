// SPDX-License-Identifier: GPL-2.0
/*
 * Does ring 0 of a KVM guest run natively on this machine?
 *
 * /dev/kvm alone doesn't show that. Inside a VM without nested virtualisation
 * it may be there and work, with every instruction of the guest's kernel run by
 * an emulator, thousands of times too slow to boot a kernel, let alone to time
 * one. So run a two-instruction loop in ring 0 of 64-bit mode, with paging on
 * and at an address like a kernel's, and time it.
 *
 * Prints one JSON object. Exits 0 if ring 0 is native, 3 if not.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <linux/kvm.h>

/*
 * The loop takes one cycle an iteration, two at worst: 0.2 to 2 ns on anything
 * from 1 GHz up. An emulator leaves the guest, decodes, and comes back for
 * each of the two instructions, hundreds of ns at the very least. Ten ns is
 * far from both, so neither a slow clock nor a busy host changes the answer.
 */
#define NATIVE_MAX_NS 10.0

/* A run this long is long enough to trust: entering the guest is under 10 us */
#define ENOUGH_NS 20e6

#define FIRST_ITERATIONS 1000ULL
#define MAX_ITERATIONS	 1000000000ULL

/* Seconds until a guest that doesn't come back is interrupted, then given up */
#define TIME_LIMIT_S 2

/* The guest's memory: page tables, then one large page with the code */
#define PML4	    0x1000ULL
#define PDPT	    0x2000ULL
#define PD	    0x3000ULL
#define LARGE_PAGE  0x200000ULL
#define MEMORY_SIZE (2 * LARGE_PAGE)
#define CODE_VA	    0xffffffff81000000ULL

#define PTE_PRESENT_RW 0x3ULL
#define PTE_LARGE      0x80ULL

#define CR0_PE	 0x1ULL
#define CR0_MP	 0x2ULL
#define CR0_ET	 0x10ULL
#define CR0_NE	 0x20ULL
#define CR0_WP	 0x10000ULL
#define CR0_PG	 0x80000000ULL
#define CR4_PAE	 0x20ULL
#define EFER_LME 0x100ULL
#define EFER_LMA 0x400ULL

#define CPUID_ENTRIES 256

static const uint8_t loop_code[] = {
	0x48, 0xff, 0xc9, /* 1: dec %rcx */
	0x75, 0xfb,	  /*    jnz 1b */
	0xf4,		  /*    hlt */
};

struct guest {
	int kvm;
	int vm;
	int vcpu;
	uint8_t *memory;
	struct kvm_run *run;
};

static struct kvm_run *volatile running;

static void report(const char *kvm, double ns, const char *why)
{
	printf("{\"kvm\":\"%s\",\"ns_per_iteration\":", kvm);
	if (ns >= 0)
		printf("%.3f", ns);
	else
		printf("null");
	printf(",\"why\":\"%s\"}\n", why);
}

/* Says that KVM can't be used: the call that failed, and the error. */
static int unavailable(const char *call)
{
	char why[160];

	snprintf(why, sizeof(why), "%s: %s", call, strerror(errno));
	report("unavailable", -1, why);
	return 3;
}

/*
 * First alarm: ask KVM to return. A second one means that it didn't, and only
 * async-signal-safe calls may be used to say so.
 */
static void on_alarm(int sig)
{
	static const char stuck[] =
		"{\"kvm\":\"emulated\",\"ns_per_iteration\":null,"
		"\"why\":\"the guest did not return in time\"}\n";

	(void)sig;
	if (running && !running->immediate_exit) {
		running->immediate_exit = 1;
		return;
	}
	if (write(STDOUT_FILENO, stuck, sizeof(stuck) - 1) < 0)
		_exit(3);
	_exit(3);
}

static int set_alarm(void)
{
	struct sigaction sa = {.sa_handler = on_alarm};
	struct itimerval limit = {
		.it_value.tv_sec = TIME_LIMIT_S,
		.it_interval.tv_sec = 1,
	};

	/* No SA_RESTART: KVM_RUN must return. */
	if (sigaction(SIGALRM, &sa, NULL))
		return -1;
	return setitimer(ITIMER_REAL, &limit, NULL);
}

/* Own CPU time, guest included: what the host's other work takes is left out */
static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/* Creates the VM, its memory and one CPU; names what failed, or NULL. */
static const char *create(struct guest *g)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = MEMORY_SIZE,
	};
	int run_size;

	g->vm = ioctl(g->kvm, KVM_CREATE_VM, 0);
	if (g->vm < 0)
		return "KVM_CREATE_VM";
	g->memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (g->memory == MAP_FAILED)
		return "mmap of the guest's memory";
	region.userspace_addr = (uintptr_t)g->memory;
	if (ioctl(g->vm, KVM_SET_USER_MEMORY_REGION, &region) < 0)
		return "KVM_SET_USER_MEMORY_REGION";
	g->vcpu = ioctl(g->vm, KVM_CREATE_VCPU, 0);
	if (g->vcpu < 0)
		return "KVM_CREATE_VCPU";
	run_size = ioctl(g->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (run_size < (int)sizeof(*g->run))
		return "KVM_GET_VCPU_MMAP_SIZE";
	g->run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		      g->vcpu, 0);
	if (g->run == MAP_FAILED)
		return "mmap of the CPU's state";
	return NULL;
}

/* Gives the guest the host's CPUID: without it KVM refuses long mode. */
static const char *set_cpuid(const struct guest *g)
{
	struct kvm_cpuid2 *cpuid;
	const char *failed = NULL;

	cpuid = calloc(1, sizeof(*cpuid) +
				  CPUID_ENTRIES * sizeof(cpuid->entries[0]));
	if (!cpuid)
		return "calloc";
	cpuid->nent = CPUID_ENTRIES;
	if (ioctl(g->kvm, KVM_GET_SUPPORTED_CPUID, cpuid) < 0)
		failed = "KVM_GET_SUPPORTED_CPUID";
	else if (ioctl(g->vcpu, KVM_SET_CPUID2, cpuid) < 0)
		failed = "KVM_SET_CPUID2";
	free(cpuid);
	return failed;
}

static void put64(const struct guest *g, uint64_t table, unsigned int index,
		  uint64_t value)
{
	memcpy(g->memory + table + index * sizeof(value), &value,
	       sizeof(value));
}

/* Maps the code at CODE_VA and puts the CPU in 64-bit mode, ring 0. */
static const char *set_long_mode(const struct guest *g)
{
	struct kvm_segment code = {
		.limit = 0xffffffff,
		.selector = 0x8,
		.present = 1,
		.type = 11,
		.s = 1,
		.l = 1,
		.g = 1,
	};
	struct kvm_segment data = code;
	struct kvm_sregs sregs;

	put64(g, PML4, CODE_VA >> 39 & 511, PDPT | PTE_PRESENT_RW);
	put64(g, PDPT, CODE_VA >> 30 & 511, PD | PTE_PRESENT_RW);
	put64(g, PD, CODE_VA >> 21 & 511,
	      LARGE_PAGE | PTE_PRESENT_RW | PTE_LARGE);
	memcpy(g->memory + LARGE_PAGE, loop_code, sizeof(loop_code));

	data.selector = 0x10;
	data.type = 3;
	data.l = 0;
	data.db = 1;
	if (ioctl(g->vcpu, KVM_GET_SREGS, &sregs) < 0)
		return "KVM_GET_SREGS";
	sregs.cs = code;
	sregs.ds = data;
	sregs.es = data;
	sregs.fs = data;
	sregs.gs = data;
	sregs.ss = data;
	sregs.cr3 = PML4;
	sregs.cr4 = CR4_PAE;
	sregs.cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG;
	sregs.efer = EFER_LME | EFER_LMA;
	if (ioctl(g->vcpu, KVM_SET_SREGS, &sregs) < 0)
		return "KVM_SET_SREGS";
	return NULL;
}

/*
 * Runs the loop; stores the iterations it really made (fewer if the alarm cut
 * it short) and the time it took. Returns what failed, or NULL.
 */
static const char *run_loop(const struct guest *g, uint64_t iterations,
			    uint64_t *made, double *ns)
{
	struct kvm_regs regs = {
		.rip = CODE_VA,
		.rsp = CODE_VA + 0x1000,
		.rflags = 2,
		.rcx = iterations,
	};
	int ret;

	if (ioctl(g->vcpu, KVM_SET_REGS, &regs) < 0)
		return "KVM_SET_REGS";
	*ns = cpu_ns();
	ret = ioctl(g->vcpu, KVM_RUN, 0);
	*ns = cpu_ns() - *ns;
	if (ret < 0 && errno != EINTR)
		return "KVM_RUN";
	if (ret == 0 && g->run->exit_reason != KVM_EXIT_HLT) {
		errno = EIO;
		return "KVM_RUN left the guest for an unexpected reason";
	}
	if (ioctl(g->vcpu, KVM_GET_REGS, &regs) < 0)
		return "KVM_GET_REGS";
	if (regs.rcx > iterations || (ret == 0 && regs.rcx)) {
		errno = EIO;
		return "the guest's loop count";
	}
	*made = iterations - regs.rcx;
	return NULL;
}

int main(void)
{
	struct guest g = {0};
	uint64_t n, made = 0;
	double ns = 0, each;
	const char *failed;

	g.kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (g.kvm < 0)
		return unavailable("/dev/kvm");
	if (ioctl(g.kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION) {
		errno = ENOTTY;
		return unavailable("KVM_GET_API_VERSION");
	}
	if (ioctl(g.kvm, KVM_CHECK_EXTENSION, KVM_CAP_IMMEDIATE_EXIT) <= 0) {
		errno = ENOTSUP;
		return unavailable("KVM_CAP_IMMEDIATE_EXIT");
	}
	failed = create(&g);
	if (!failed)
		failed = set_cpuid(&g);
	if (!failed)
		failed = set_long_mode(&g);
	if (failed)
		return unavailable(failed);

	running = g.run;
	if (set_alarm())
		return unavailable("setitimer");

	/* Short first: an emulator would spend minutes on the long one. */
	for (n = FIRST_ITERATIONS; n <= MAX_ITERATIONS; n *= 10) {
		failed = run_loop(&g, n, &made, &ns);
		if (failed)
			return unavailable(failed);
		if (ns >= ENOUGH_NS || g.run->immediate_exit)
			break;
	}
	if (!made || ns <= 0) {
		report("emulated", -1, "the guest made no progress");
		return 3;
	}
	each = ns / made;
	if (each > NATIVE_MAX_NS) {
		report("emulated", each,
		       "ring 0 of a KVM guest runs in an emulator here");
		return 3;
	}
	report("native", each, "ring 0 of a KVM guest runs on the CPU");
	return 0;
}
