// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/switchcost: what a sequence can't get at: vector registers of whoever ran
 * before, and memory below its stacks. Needs the module with what its tests need.
 */
#include "guest.h"

#include <cpuid.h>
#include <sys/syscall.h>

#define SECRET	     0x5ec2e7ba5eba11adull
#define SECRET_PARAM "/sys/module/switchcost/parameters/planted_secret"
#define TRIES	     20

#define XSTATE_AVX    (1u << 2)
#define XSTATE_AVX512 (7u << 5)

static int device;

#define FILL_16(how, reg)                                             \
	how " %[s], %%" reg "0\n\t" how " %[s], %%" reg "1\n\t" how   \
	    " %[s], %%" reg "2\n\t" how " %[s], %%" reg "3\n\t" how   \
	    " %[s], %%" reg "4\n\t" how " %[s], %%" reg "5\n\t" how   \
	    " %[s], %%" reg "6\n\t" how " %[s], %%" reg "7\n\t" how   \
	    " %[s], %%" reg "8\n\t" how " %[s], %%" reg "9\n\t" how   \
	    " %[s], %%" reg "10\n\t" how " %[s], %%" reg "11\n\t" how \
	    " %[s], %%" reg "12\n\t" how " %[s], %%" reg "13\n\t" how \
	    " %[s], %%" reg "14\n\t" how " %[s], %%" reg "15\n\t"

#define FILL_X87                                                       \
	"movq %[s], %%mm0\n\tmovq %[s], %%mm1\n\tmovq %[s], %%mm2\n\t" \
	"movq %[s], %%mm3\n\tmovq %[s], %%mm4\n\tmovq %[s], %%mm5\n\t" \
	"movq %[s], %%mm6\n\tmovq %[s], %%mm7\n\t"

/* Fill all registers, and ask for a run: nothing comes in between. */
#define RUN_WITH(fill)                                                      \
	__asm__ volatile(FILL_X87 fill "syscall\n\temms"                    \
			 : "+a"(rc)                                         \
			 : "D"(device), "S"(SWC_IOC_RUN),                   \
			   "d"(run), [s] "m"(secret)                        \
			 : "rcx", "r11", "memory", "cc", "st", "st(1)",     \
			   "st(2)", "st(3)", "st(4)", "st(5)", "st(6)",     \
			   "st(7)", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", \
			   "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", \
			   "xmm11", "xmm12", "xmm13", "xmm14", "xmm15")

static long run_with_secret(struct swc_run *run, uint64_t xstate)
{
	const uint64_t secret = SECRET;
	long rc = SYS_ioctl;

	if ((xstate & XSTATE_AVX512) == XSTATE_AVX512)
		RUN_WITH(FILL_16("vbroadcastsd", "zmm"));
	else if (xstate & XSTATE_AVX)
		RUN_WITH(FILL_16("vbroadcastsd", "ymm"));
	else
		RUN_WITH(FILL_16("movddup", "xmm"));
	return rc;
}

/* Stores all that there is, each in every way. */
static int load_storing(uint64_t xstate)
{
	uint32_t bytes = 16, reg;
	char text[4096];
	size_t n = 0;

	if (xstate & XSTATE_AVX)
		bytes = 32;
	if ((xstate & XSTATE_AVX512) == XSTATE_AVX512)
		bytes = 64;
	n += snprintf(text + n, sizeof(text) - n, "region a 4\n");
	for (reg = 0; reg < 16; reg++)
		n += snprintf(text + n, sizeof(text) - n,
			      "vstore a+%u %u src=xmm%u\n", reg * 64, bytes,
			      reg);
	n += snprintf(text + n, sizeof(text) - n, "fxsave a+0x800\n");
	if (xstate)
		snprintf(text + n, sizeof(text) - n, "xsave a+0x1000 %#llx\n",
			 (unsigned long long)xstate);
	return guest_must_load(device, text);
}

static void plant(uint64_t secret)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)secret);
	if (!guest_write(SECRET_PARAM, text))
		guest_give_up("plant a secret");
}

/* An FXSAVE begins with the control word, whose initial value is known. */
static void test_search(void)
{
	long found = guest_parameter("secrets_found");
	int arm = guest_must_load(device, "region a 1\nfxsave a+0x40\n");
	struct swc_run run = guest_run(&arm, 1, 100);

	plant(0x37f);
	guest_done("leak/a run with what is found",
		   ioctl(device, SWC_IOC_RUN, &run));
	found = guest_parameter("secrets_found") - found;
	guest_check(found > 0, "leak/what is in a sequence's memory is found",
		    "%ld words", found);
	close(arm);
}

static void test_vectors(uint32_t level)
{
	uint64_t xstate = guest_info(device).xstate_mask;
	long found = guest_parameter("secrets_found");
	int arm = load_storing(xstate), i;
	struct swc_run run;
	char name[80];
	long rc = 0;

	plant(SECRET);
	for (i = 0; i < TRIES && !rc; i++) {
		run = guest_run(&arm, 1, 10);
		run.isolation = level;
		rc = run_with_secret(&run, xstate);
	}
	found = guest_parameter("secrets_found") - found;
	snprintf(name, sizeof(name),
		 "leak/registers of who ran before, level %u", level);
	guest_check(!rc && !found, name,
		    "returned %ld, %ld words, components %#llx", rc, found,
		    (unsigned long long)xstate);
	plant(0);
	close(arm);
}

/* Each of two stacks has a guard, which each CPU knows, for as long as it is one. */
static void test_guards(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN), held, broken;
	int arm, i;

	held = guest_parameter("guards_held");
	broken = guest_parameter("guards_broken");
	for (i = 0; i < TRIES; i++) {
		arm = guest_must_load(device,
				      "region s 1\nregion d 3\nregion t 2\n"
				      "switch s+0x800\npush\n"
				      "switch t+0x1800\npush\nswitch back\n");
		close(arm);
		/* The same pages, all of which are written to. */
		close(guest_must_load(device, "region a 64\nstore a+0 8\n"));
	}
	held = guest_parameter("guards_held") - held;
	broken = guest_parameter("guards_broken") - broken;
	guest_check(!broken && held == 2 * cpus * TRIES,
		    "leak/a guard below each stack", "%ld held, %ld didn't",
		    held, broken);
}

int main(void)
{
	uint32_t level;

	device = guest_open();
	guest_map(device, GUEST_PAGE_SAMPLES);
	guest_pin(0);
	test_guards();
	test_search();
	for (level = 0; level <= SWC_ISOLATION_QUIESCED; level++)
		test_vectors(level);
	return guest_summary();
}
