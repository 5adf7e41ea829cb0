// SPDX-License-Identifier: GPL-2.0
/* /dev/switchcost: every argument that must be refused, one at a time. */
#include "guest.h"

#include <linux/capability.h>
#include <sys/auxv.h>
#include <sys/syscall.h>

#define BAD_POINTER 0x1000ull /* below mmap_min_addr: never mapped */
#define UNUSED_FD   1000

/* Of AT_HWCAP2: programs may use RDFSBASE, as the kernel does (asm/hwcap2.h). */
#define HAS_FSGSBASE 2ul

static int device;
static int chain; /* a sequence that has nothing wrong with it */

/* Does the kernel say that it has no indirect branches? */
static bool avoids_indirect_branches(void)
{
	static const char dir[] = "/sys/devices/system/cpu/vulnerabilities/";
	static const char *const files[] = {"spectre_v2",
					    "indirect_target_selection"};
	char path[128], line[256];
	bool avoids = false;
	size_t i;
	FILE *f;

	for (i = 0; i < GUEST_COUNT(files); i++) {
		snprintf(path, sizeof(path), "%s%s", dir, files[i]);
		f = fopen(path, "re");
		if (f && fgets(line, sizeof(line), f))
			avoids |= strstr(line, "Retpolines") ||
				  strstr(line, "Aligned branch/return thunks");
		if (f)
			fclose(f);
	}
	return avoids;
}

static void test_info(void)
{
	struct swc_info i = guest_info(device);
	struct swc_info zero = {0};

	guest_check(i.abi_version == SWC_ABI_VERSION, "info/abi_version", "%u",
		    i.abi_version);
	guest_check(i.max_ops == SWC_MAX_OPS, "info/max_ops", "%u", i.max_ops);
	guest_check(i.max_regions == SWC_MAX_REGIONS, "info/max_regions", "%u",
		    i.max_regions);
	guest_check(i.max_pages == SWC_MAX_PAGES, "info/max_pages", "%u",
		    i.max_pages);
	guest_check(i.max_arms == SWC_MAX_ARMS, "info/max_arms", "%u",
		    i.max_arms);
	guest_check(i.max_samples == SWC_MAX_SAMPLES, "info/max_samples", "%u",
		    i.max_samples);
	guest_check(i.code_bytes >= GUEST_PAGE, "info/code_bytes", "%u",
		    i.code_bytes);
	guest_check(i.window_default_ns == SWC_WINDOW_DEFAULT_NS,
		    "info/window_default_ns", "%u", i.window_default_ns);
	guest_check(i.window_max_ns == SWC_WINDOW_MAX_NS, "info/window_max_ns",
		    "%u", i.window_max_ns);
	guest_check(i.capabilities & SWC_CAP_ISOLATION(SWC_ISOLATION_IRQ_OFF),
		    "info/irq-off is offered", "%#llx", i.capabilities);
	guest_check(!(i.xstate_mask & ~0xe7ull), "info/xstate_mask", "%#llx",
		    i.xstate_mask);
	guest_check(!(i.capabilities & SWC_CAP_INDIRECT) ==
			    avoids_indirect_branches(),
		    "info/indirect as the kernel is", "%#llx", i.capabilities);
	guest_check(!(i.capabilities & SWC_CAP_SEGMENT) ==
			    !(getauxval(AT_HWCAP2) & HAS_FSGSBASE),
		    "info/segment as the CPU is", "%#llx", i.capabilities);
	guest_check(i.tsc_khz, "info/tsc_khz", "0");
	guest_check(!memcmp(i.reserved, zero.reserved, sizeof(i.reserved)),
		    "info/reserved is zero", "something is set");
}

static void test_numbers(void)
{
	char argument[256] = {0};

	guest_refused("ioctl/unknown number",
		      ioctl(device, _IO('s', 0xCF), argument), ENOTTY);
	guest_refused("ioctl/other type",
		      ioctl(device, _IOWR('t', 0xC1, struct swc_load),
			    argument),
		      ENOTTY);
	guest_refused("ioctl/GET_INFO, wrong size",
		      ioctl(device, _IOC(_IOC_READ, 's', 0xC0, 8), argument),
		      ENOTTY);
	guest_refused("ioctl/LOAD, wrong size",
		      ioctl(device,
			    _IOC(_IOC_READ | _IOC_WRITE, 's', 0xC1,
				 sizeof(struct swc_load) - 8),
			    argument),
		      ENOTTY);
	guest_refused("ioctl/RUN, wrong size",
		      ioctl(device,
			    _IOC(_IOC_READ | _IOC_WRITE, 's', 0xC2,
				 sizeof(struct swc_run) + 8),
			    argument),
		      ENOTTY);
	guest_refused("ioctl/ORACLE, wrong size",
		      ioctl(device,
			    _IOC(_IOC_READ | _IOC_WRITE, 's', 0xC3,
				 sizeof(struct swc_oracle) + 8),
			    argument),
		      ENOTTY);
	guest_refused("ioctl/TRIALS, wrong size",
		      ioctl(device,
			    _IOC(_IOC_READ | _IOC_WRITE, 's', 0xC4,
				 sizeof(struct swc_trials) - 8),
			    argument),
		      ENOTTY);
	guest_refused("ioctl/LOAD, wrong direction",
		      ioctl(device,
			    _IOC(_IOC_READ, 's', 0xC1, sizeof(struct swc_load)),
			    argument),
		      ENOTTY);
	guest_refused("ioctl/a sequence takes none",
		      ioctl(chain, SWC_IOC_RUN, argument), ENOTTY);
	guest_refused("read", read(device, argument, 8), EINVAL);
	guest_refused("write", write(device, argument, 8), EINVAL);
}

/* One LOAD of "chain 1" with a change; errno and the reason are checked. */
static void refuse_load(const char *name, void (*change)(struct swc_load *load),
			int wanted, uint32_t reason)
{
	struct sequence s;
	struct swc_load load = guest_parse("chain 1\n", &s);
	int fd, cause;

	change(&load);
	fd = ioctl(device, SWC_IOC_LOAD, &load);
	cause = errno;
	sequence_free(&s);
	guest_check(fd < 0 && cause == wanted && load.error == reason, name,
		    "returned %d (%s), error %u; wanted %s, error %u", fd,
		    fd < 0 ? strerror(cause) : "done", load.error,
		    strerror(wanted), reason);
	if (fd >= 0)
		close(fd);
}

static void set_load_flags(struct swc_load *l)
{
	l->flags = 1u << 31;
}

static void set_load_reserved0(struct swc_load *l)
{
	l->reserved0 = 1;
}

static void set_load_reserved_0(struct swc_load *l)
{
	l->reserved[0] = 1;
}

static void set_load_reserved_1(struct swc_load *l)
{
	l->reserved[1] = 1;
}

static void set_load_reserved_2(struct swc_load *l)
{
	l->reserved[2] = 1;
}

static void set_load_state(struct swc_load *l)
{
	l->state = BAD_POINTER;
}

static void set_no_ops(struct swc_load *l)
{
	l->nops = 0;
}

static void set_many_ops(struct swc_load *l)
{
	l->nops = SWC_MAX_OPS + 1;
}

static void set_most_ops(struct swc_load *l)
{
	l->nops = UINT32_MAX;
}

static void set_many_regions(struct swc_load *l)
{
	l->nregions = SWC_MAX_REGIONS + 1;
}

static void set_pedestal(struct swc_load *l)
{
	l->pedestal = SWC_MAX_PEDESTAL + 1;
}

static void set_null_ops(struct swc_load *l)
{
	l->ops = 0;
}

static void set_bad_ops(struct swc_load *l)
{
	l->ops = BAD_POINTER;
}

/* The kernel's own memory must not be read in the user's name. */
static void set_kernel_ops(struct swc_load *l)
{
	l->ops = 0xffffffff81000000ull;
}

static void set_null_regions(struct swc_load *l)
{
	l->regions = 0;
	l->nregions = 1;
}

static void set_bad_regions(struct swc_load *l)
{
	l->regions = BAD_POINTER;
	l->nregions = 2;
}

/* More operations than are there: the array runs into an unmapped page. */
static void set_beyond_ops(struct swc_load *l)
{
	char *p = mmap(NULL, 2 * GUEST_PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(p + GUEST_PAGE, GUEST_PAGE);
	l->ops = (uintptr_t)p;
	l->nops = GUEST_PAGE / sizeof(struct swc_op) + 1;
}

static void test_load(void)
{
	refuse_load("load/flags", set_load_flags, EINVAL, SWC_ERR_RESERVED);
	refuse_load("load/reserved0", set_load_reserved0, EINVAL,
		    SWC_ERR_RESERVED);
	refuse_load("load/reserved[0]", set_load_reserved_0, EINVAL,
		    SWC_ERR_RESERVED);
	refuse_load("load/reserved[1]", set_load_reserved_1, EINVAL,
		    SWC_ERR_RESERVED);
	refuse_load("load/reserved[2]", set_load_reserved_2, EINVAL,
		    SWC_ERR_RESERVED);
	refuse_load("load/state bad", set_load_state, EFAULT, SWC_OK);
	refuse_load("load/nops 0", set_no_ops, EINVAL, SWC_ERR_EMPTY);
	refuse_load("load/nops > max", set_many_ops, EINVAL, SWC_ERR_TOO_LONG);
	refuse_load("load/nops 2^32-1", set_most_ops, EINVAL, SWC_ERR_TOO_LONG);
	refuse_load("load/nregions > max", set_many_regions, EINVAL,
		    SWC_ERR_PAGES);
	refuse_load("load/pedestal > max", set_pedestal, EINVAL,
		    SWC_ERR_IMMEDIATE);
	refuse_load("load/ops NULL", set_null_ops, EFAULT, SWC_OK);
	refuse_load("load/ops bad", set_bad_ops, EFAULT, SWC_OK);
	refuse_load("load/ops in the kernel", set_kernel_ops, EFAULT, SWC_OK);
	refuse_load("load/ops end in a hole", set_beyond_ops, EFAULT, SWC_OK);
	refuse_load("load/regions NULL", set_null_regions, EFAULT, SWC_OK);
	refuse_load("load/regions bad", set_bad_regions, EFAULT, SWC_OK);
	guest_refused("load/argument NULL", ioctl(device, SWC_IOC_LOAD, NULL),
		      EFAULT);
	guest_refused("load/argument bad",
		      ioctl(device, SWC_IOC_LOAD, BAD_POINTER), EFAULT);
	guest_refused("info/argument NULL",
		      ioctl(device, SWC_IOC_GET_INFO, NULL), EFAULT);
}

static void set_run_flags(struct swc_run *r)
{
	r->flags = ~SWC_RUN_REWIND;
}

static void set_run_reserved_0(struct swc_run *r)
{
	r->reserved[0] = 1ull << 63;
}

static void set_no_arms(struct swc_run *r)
{
	r->narms = 0;
}

static void set_many_arms(struct swc_run *r)
{
	r->narms = SWC_MAX_ARMS + 1;
}

static void set_null_arms(struct swc_run *r)
{
	r->arms = 0;
}

static void set_bad_arms(struct swc_run *r)
{
	r->arms = BAD_POINTER;
}

static void set_no_samples(struct swc_run *r)
{
	r->samples = 0;
}

static void set_cpu(struct swc_run *r)
{
	r->cpu = 9999;
}

static void set_last_cpu(struct swc_run *r)
{
	r->cpu = UINT32_MAX;
}

static void set_window(struct swc_run *r)
{
	r->window_ns = SWC_WINDOW_MAX_NS + 1;
}

static void set_delay(struct swc_run *r)
{
	r->delay_max = UINT32_MAX;
}

static void set_warm(struct swc_run *r)
{
	r->warm = UINT32_MAX;
}

static void refuse_run(const char *name, void (*change)(struct swc_run *run),
		       int wanted)
{
	struct swc_run run = guest_run(&chain, 1, 10);

	change(&run);
	guest_refused(name, ioctl(device, SWC_IOC_RUN, &run), wanted);
}

static void test_run(void)
{
	struct swc_run run = guest_run(&chain, 1, 10);

	guest_done("run/nothing wrong", ioctl(device, SWC_IOC_RUN, &run));
	refuse_run("run/flags", set_run_flags, EINVAL);
	refuse_run("run/reserved[0]", set_run_reserved_0, EINVAL);
	refuse_run("run/narms 0", set_no_arms, EINVAL);
	refuse_run("run/narms > max", set_many_arms, EINVAL);
	refuse_run("run/arms NULL", set_null_arms, EFAULT);
	refuse_run("run/arms bad", set_bad_arms, EFAULT);
	refuse_run("run/samples 0", set_no_samples, EINVAL);
	refuse_run("run/cpu 9999", set_cpu, ENODEV);
	refuse_run("run/cpu 2^32-1", set_last_cpu, ENODEV);
	refuse_run("run/window_ns > max", set_window, EINVAL);
	refuse_run("run/delay_max too large", set_delay, EINVAL);
	refuse_run("run/warm too large", set_warm, E2BIG);
	guest_refused("run/argument NULL", ioctl(device, SWC_IOC_RUN, NULL),
		      EFAULT);
}

static void test_isolation(void)
{
	struct swc_info info = guest_info(device);
	struct swc_run run;
	char name[64];
	uint32_t level;

	for (level = 0; level <= SWC_ISOLATION_QUIESCED + 1; level++) {
		run = guest_run(&chain, 1, 10);
		run.isolation = level;
		snprintf(name, sizeof(name), "run/isolation %u", level);
		if (info.capabilities & SWC_CAP_ISOLATION(level) &&
		    level <= SWC_ISOLATION_QUIESCED)
			guest_done(name, ioctl(device, SWC_IOC_RUN, &run));
		else
			guest_refused(name, ioctl(device, SWC_IOC_RUN, &run),
				      EINVAL);
	}
}

/* Descriptors that aren't sequences, first and last among good ones. */
static void test_arms(void)
{
	int other = open("/dev/null", O_RDWR), pipes[2], arms[SWC_MAX_ARMS], i;
	struct swc_run run;

	for (i = 0; i < (int)SWC_MAX_ARMS; i++)
		arms[i] = chain;
	run = guest_run(arms, SWC_MAX_ARMS, 100);
	guest_done("arms/as many as allowed", ioctl(device, SWC_IOC_RUN, &run));
	arms[SWC_MAX_ARMS - 1] = UNUSED_FD;
	guest_refused("arms/not open", ioctl(device, SWC_IOC_RUN, &run), EBADF);
	arms[SWC_MAX_ARMS - 1] = -1;
	guest_refused("arms/-1", ioctl(device, SWC_IOC_RUN, &run), EBADF);
	arms[SWC_MAX_ARMS - 1] = other;
	guest_refused("arms/a file", ioctl(device, SWC_IOC_RUN, &run), EBADF);
	arms[SWC_MAX_ARMS - 1] = device;
	guest_refused("arms/the device", ioctl(device, SWC_IOC_RUN, &run),
		      EBADF);
	if (!pipe(pipes)) {
		arms[0] = pipes[0];
		guest_refused("arms/a pipe", ioctl(device, SWC_IOC_RUN, &run),
			      EBADF);
		close(pipes[0]);
		close(pipes[1]);
	}
	close(other);
}

static void test_offline(void)
{
	struct swc_run run = guest_run(&chain, 1, 10);

	run.cpu = 1;
	if (!guest_done("cpu/1 is online", ioctl(device, SWC_IOC_RUN, &run)))
		return;
	if (!guest_check(guest_set_online("0"), "cpu/goes offline", "%s",
			 strerror(errno)))
		return;
	guest_refused("cpu/offline", ioctl(device, SWC_IOC_RUN, &run), ENODEV);
	guest_check(guest_set_online("1"), "cpu/comes back", "%s",
		    strerror(errno));
	guest_done("cpu/online again", ioctl(device, SWC_IOC_RUN, &run));
}

static void refuse_map(const char *name, size_t bytes, int prot, int flags,
		       off_t offset, int wanted)
{
	int fd = guest_open();
	void *p = mmap(NULL, bytes, prot, flags, fd, offset);

	guest_refused(name, p == MAP_FAILED ? -1 : 0, wanted);
	if (p != MAP_FAILED)
		munmap(p, bytes);
	close(fd);
}

static void test_map(void)
{
	const size_t most = guest_ring_bytes(SWC_MAX_SAMPLES);
	int fd = guest_open();
	struct swc_run run = guest_run(&chain, 1, 1);
	void *p;

	refuse_map("mmap/private", 2 * GUEST_PAGE, PROT_READ, MAP_PRIVATE, 0,
		   EINVAL);
	refuse_map("mmap/offset", 2 * GUEST_PAGE, PROT_READ, MAP_SHARED,
		   GUEST_PAGE, EINVAL);
	refuse_map("mmap/no room for samples", GUEST_PAGE, PROT_READ,
		   MAP_SHARED, 0, EINVAL);
	refuse_map("mmap/too large", most + GUEST_PAGE, PROT_READ, MAP_SHARED,
		   0, EINVAL);

	guest_refused("mmap/a run before it", ioctl(fd, SWC_IOC_RUN, &run),
		      ENOBUFS);
	p = mmap(NULL, most, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (!guest_done("mmap/the largest", p == MAP_FAILED ? -1 : 0))
		return;
	guest_refused("mmap/twice",
		      mmap(NULL, 2 * GUEST_PAGE, PROT_READ, MAP_SHARED, fd,
			   0) == MAP_FAILED
			      ? -1
			      : 0,
		      EBUSY);
	guest_refused("mmap/grown later",
		      mremap(p, most, most + GUEST_PAGE, MREMAP_MAYMOVE) ==
				      MAP_FAILED
			      ? -1
			      : 0,
		      EFAULT);
	close(fd);
	/* The pages live as long as the mapping, not as the descriptor. */
	guest_check(!*(volatile char *)p, "mmap/outlives the descriptor",
		    "not zero");
	munmap(p, most);
}

/*
 * Opens the device in a child, since privileges don't come back. Return:
 * open()'s errno.
 */
static int open_without(void (*drop)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		drop();
		_exit(open(SWC_DEVICE, O_RDWR) < 0 ? errno : 0);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static void become_nobody(void)
{
	if (setgid(65534) || setuid(65534))
		_exit(255);
}

/* Still root by number, so that the file's mode doesn't stop it. */
static void drop_rawio(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		_exit(255);
	data[0].effective &= ~(1u << CAP_SYS_RAWIO);
	if (syscall(SYS_capset, &header, data))
		_exit(255);
}

static void keep_all(void)
{
}

static void test_privilege(void)
{
	int rc;

	rc = open_without(keep_all);
	guest_check(rc == 0, "open/as root", "%s", strerror(rc));
	rc = open_without(become_nobody);
	guest_check(rc == EACCES || rc == EPERM, "open/as nobody", "%s",
		    strerror(rc));
	rc = open_without(drop_rawio);
	guest_check(rc == EPERM, "open/without CAP_SYS_RAWIO", "%s",
		    strerror(rc));
}

int main(void)
{
	device = guest_open();
	chain = guest_must_load(device, "chain 1\n");
	guest_map(device, GUEST_PAGE_SAMPLES);
	test_info();
	test_numbers();
	test_load();
	test_run();
	test_isolation();
	test_arms();
	test_offline();
	test_map();
	test_privilege();
	return guest_summary();
}
