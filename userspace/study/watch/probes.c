// SPDX-License-Identifier: GPL-2.0
#include "probes.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "watch.skel.h"

/* Entry and returns of what is probed call by call. */
#define MAX_CALL_LINKS 9

struct probes {
	struct watch_bpf *bpf;
	pid_t pid;
	int *events; /* a perf event for each CPU, or -1 */
	struct bpf_link **sampling;
	int cpus;
	const char *event;
	struct bpf_link *slow[SLOWPATHS];
	struct bpf_link *calls[MAX_CALL_LINKS];
};

/* libbpf would explain on stderr, in many lines. */
static int quiet(enum libbpf_print_level level, const char *format, va_list ap)
{
	(void)level, (void)format, (void)ap;
	return 0;
}

/*
 * Does the tracepoint of a thread's end come before its memory goes? Since that was
 * moved (Linux 6.16) it says, too, whether the thread is the last.
 */
static bool ends_with_memory(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	const struct btf_type *type;
	bool is = false;
	int id;

	id = btf ? btf__find_by_name_kind(btf, "btf_trace_sched_process_exit",
					  BTF_KIND_TYPEDEF)
		 : -1;
	type = id > 0 ? btf__type_by_id(btf, (__u32)id) : NULL;
	type = type ? btf__type_by_id(btf, type->type) : NULL;
	if (type && btf_is_ptr(type))
		type = btf__type_by_id(btf, type->type);
	is = type && btf_is_func_proto(type) && btf_vlen(type) == 3;
	btf__free(btf);
	return is;
}

/* Kernels are built without some of the tracepoints of interrupts. */
static void leave_out_missing(struct bpf_object *programs)
{
	struct btf *btf = btf__load_vmlinux_btf();
	static const char prefix[] = "tp_btf/";
	struct bpf_program *program;
	const char *section;
	char name[64];

	bpf_object__for_each_program(program, programs)
	{
		section = bpf_program__section_name(program);
		if (!btf || strncmp(section, prefix, sizeof(prefix) - 1))
			continue;
		snprintf(name, sizeof(name), "btf_trace_%s",
			 section + sizeof(prefix) - 1);
		if (btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF) < 0)
			bpf_program__set_autoload(program, false);
	}
	btf__free(btf);
}

static int missing(int cause, struct error *err)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		return error_set(
			err, EXIT_IMPOSSIBLE,
			"watch: this kernel has no BTF (/sys/kernel/btf/vmlinux): use one built with CONFIG_DEBUG_INFO_BTF, or vm/run watch");
	if (cause == EPERM || cause == EACCES)
		return error_set(
			err, EXIT_IMPOSSIBLE,
			"watch: not permitted to load eBPF programs: run as root, or with CAP_BPF and CAP_PERFMON");
	return error_set(err, EXIT_IMPOSSIBLE,
			 "watch: the kernel refuses the eBPF programs: %s: use "
			 "Linux 6.1 or newer, or vm/run watch",
			 strerror(cause));
}

struct probes *probes_open(pid_t pid, struct error *err)
{
	struct probes *p = calloc(1, sizeof(*p));
	bool with_memory;
	int rc;

	libbpf_set_print(quiet);
	if (!p)
		return NULL;
	p->pid = pid;
	p->bpf = watch_bpf__open();
	if (!p->bpf) {
		missing(errno, err);
		free(p);
		return NULL;
	}
	leave_out_missing(p->bpf->obj);
	with_memory = ends_with_memory();
	bpf_program__set_autoload(p->bpf->progs.at_thread_end, with_memory);
	bpf_program__set_autoload(p->bpf->progs.at_group_end, !with_memory);
	p->bpf->bss->target.tgid = (__u32)pid;
	rc = watch_bpf__load(p->bpf);
	if (rc) {
		missing(-rc, err);
		probes_close(p);
		return NULL;
	}
	return p;
}

void probes_close(struct probes *p)
{
	int i;

	if (!p)
		return;
	for (i = 0; i < p->cpus; i++) {
		bpf_link__destroy(p->sampling[i]);
		if (p->events[i] >= 0)
			close(p->events[i]);
	}
	for (i = 0; i < SLOWPATHS; i++)
		bpf_link__destroy(p->slow[i]);
	probes_calls_end(p);
	free(p->sampling);
	free(p->events);
	watch_bpf__destroy(p->bpf);
	free(p);
}

static void set_target(struct probes *p, const struct goimage *image)
{
	struct bpf_target *t = &p->bpf->bss->target;
	const struct gooffsets *o = &image->offsets;

	t->link_text = image->link_text;
	t->allm = image->allm;
	t->dead_calls = image->dead_calls;
	t->g_offset = image->g_offset;
	t->g_m = o->g_m;
	t->g_sp = o->g_sp;
	t->g_bp = o->g_bp;
	t->g_stack_high = o->g_stack_high;
	t->m_g0 = o->m_g0;
	t->m_curg = o->m_curg;
	t->m_incgo = o->m_incgo;
	t->m_ncgo = o->m_ncgo;
	t->m_ncgocall = o->m_ncgocall;
	t->m_alllink = o->m_alllink;
	t->fn = o->fn;
}

void probes_program(struct probes *p, const struct goimage *image)
{
	set_target(p, image);
	p->bpf->bss->target.inode = image->inode;
}

void probes_process(struct probes *p, const struct goprocess *process,
		    bool is_program)
{
	struct bpf_target *t = &p->bpf->bss->target;
	int64_t g_offset;

	set_target(p, process->image);
	if (goprocess_g_offset(process, &g_offset))
		t->g_offset = g_offset;
	t->inode = is_program ? process->image->inode : 0;
	t->bias = process->bias;
	__atomic_store_n(&t->ready, 1, __ATOMIC_RELEASE);
}

static int open_event(int cpu, unsigned int rate, bool hardware)
{
	struct perf_event_attr attr = {
		.type = hardware ? PERF_TYPE_HARDWARE : PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = hardware ? PERF_COUNT_HW_CPU_CYCLES
				   : PERF_COUNT_SW_CPU_CLOCK,
		.sample_freq = rate,
		.freq = 1,
		.disabled = 1,
	};

	return (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1,
			    PERF_FLAG_FD_CLOEXEC);
}

/* Some hypervisors show a PMU that has no counter. */
static bool has_no_pmu(int cause)
{
	return cause == ENOENT || cause == EOPNOTSUPP;
}

static int start_sampling(struct probes *p, unsigned int rate, bool stacks,
			  struct error *err)
{
	struct bpf_program *program = stacks ? p->bpf->progs.at_stack_sample
					     : p->bpf->progs.at_sample;
	bool hardware = true;
	int i, opened = 0;

	p->cpus = libbpf_num_possible_cpus();
	p->events = calloc((size_t)p->cpus, sizeof(*p->events));
	p->sampling = calloc((size_t)p->cpus, sizeof(struct bpf_link *));
	if (!p->events || !p->sampling) {
		p->cpus = 0;
		return error_set(err, EXIT_IMPOSSIBLE, "watch: out of memory");
	}
	for (i = 0; i < p->cpus; i++) {
		p->events[i] = open_event(i, rate, hardware);
		if (p->events[i] < 0 && hardware && has_no_pmu(errno)) {
			hardware = false;
			p->events[i] = open_event(i, rate, hardware);
		}
		if (p->events[i] < 0)
			continue; /* a CPU that is offline */
		p->sampling[i] =
			bpf_program__attach_perf_event(program, p->events[i]);
		opened += !!p->sampling[i];
	}
	p->event = hardware ? "cycles" : "cpu-clock";
	if (opened)
		return 0;
	return error_set(err, EXIT_IMPOSSIBLE,
			 "watch: cannot sample: perf_event_open: %s: run as "
			 "root, or lower /proc/sys/kernel/perf_event_paranoid",
			 strerror(errno));
}

int probes_start(struct probes *p, unsigned int rate, bool stacks,
		 struct error *err)
{
	int rc;

	/* The sampling and the uprobes are no part of this: they need arguments. */
	rc = watch_bpf__attach(p->bpf);
	if (rc)
		return missing(-rc, err);
	return start_sampling(p, rate, stacks, err);
}

void probes_split(struct probes *p)
{
	p->bpf->bss->split = true;
}

const char *probes_event(const struct probes *p)
{
	return p->event;
}

void probes_scheduler(struct probes *p, bool on)
{
	p->bpf->bss->on = on;
}

void probes_turn(struct probes *p, bool on)
{
	int i;

	probes_scheduler(p, on);
	for (i = 0; i < p->cpus; i++)
		if (p->events[i] >= 0)
			ioctl(p->events[i],
			      on ? PERF_EVENT_IOC_ENABLE
				 : PERF_EVENT_IOC_DISABLE,
			      0);
}

static struct bpf_link *attach(struct bpf_program *program, const char *file,
			       pid_t pid, uint64_t offset, uint64_t cookie)
{
	LIBBPF_OPTS(bpf_uprobe_opts, options, .bpf_cookie = cookie);

	return offset ? bpf_program__attach_uprobe_opts(program, pid, file,
							offset, &options)
		      : NULL;
}

bool probes_slow_at(struct probes *p, const char *file, uint64_t offset,
		    size_t i)
{
	if (!p->slow[i])
		p->slow[i] =
			attach(p->bpf->progs.at_slow_path, file, p->pid, offset,
			       i + (i == SLOWPATH_NO_P ? BPF_SLOW_WAITS : 0));
	return p->slow[i];
}

bool probes_slow(struct probes *p, const struct goimage *image,
		 const char *file, size_t i)
{
	const struct slowpath *path = &slowpaths[i];
	const struct gofunction *f = NULL;
	size_t k;

	for (k = 0; !f && k < sizeof(path->functions) / sizeof(char *) &&
		    path->functions[k];
	     k++)
		f = goimage_function(image, path->functions[k]);
	return f &&
	       probes_slow_at(p, file, goimage_file_offset(image, f->start), i);
}

void probes_slow_end(struct probes *p, size_t i)
{
	bpf_link__destroy(p->slow[i]);
	p->slow[i] = NULL;
}

bool probes_calls(struct probes *p, const struct probed *of)
{
	size_t i;

	p->bpf->bss->window++;
	/* Returns first: one that isn't seen would leave its call open. */
	for (i = 0; i < of->nreturns; i++) {
		p->calls[i + 1] = attach(p->bpf->progs.at_return, of->file,
					 of->pid, of->returns[i], 0);
		if (!p->calls[i + 1])
			break;
	}
	if (i == of->nreturns && i)
		p->calls[0] = attach(p->bpf->progs.at_call, of->file, of->pid,
				     of->entry, of->depth);
	if (!p->calls[0])
		probes_calls_end(p);
	return p->calls[0];
}

static void *destroy_link(void *link)
{
	bpf_link__destroy(link);
	return NULL;
}

/*
 * The kernel takes a breakpoint away at once, and then waits for all CPUs to have left it, up
 * to 0.3 s where they are busy. One after the other, each call would meet the rest of them for
 * so long: so all go at the same time.
 */
void probes_calls_end(struct probes *p)
{
	pthread_t threads[MAX_CALL_LINKS];
	bool started[MAX_CALL_LINKS];
	int i;

	for (i = 0; i < MAX_CALL_LINKS; i++)
		started[i] = p->calls[i] &&
			     !pthread_create(&threads[i], NULL, destroy_link,
					     p->calls[i]);
	for (i = 0; i < MAX_CALL_LINKS; i++) {
		if (started[i])
			pthread_join(threads[i], NULL);
		else
			bpf_link__destroy(p->calls[i]);
		p->calls[i] = NULL;
	}
}

struct bpf_last probes_last(const struct probes *p)
{
	return p->bpf->bss->last;
}

struct bpf_lost probes_lost(const struct probes *p)
{
	return p->bpf->bss->lost;
}

struct bpf_counts probes_counts(const struct probes *p)
{
	return p->bpf->bss->counts;
}

uint64_t *probes_cpus(const struct probes *p, size_t *n)
{
	uint64_t *samples = calloc((size_t)p->cpus, sizeof(*samples));
	uint32_t zero = 0;

	*n = (size_t)p->cpus;
	if (samples &&
	    !bpf_map_lookup_elem(bpf_map__fd(p->bpf->maps.cpu_samples), &zero,
				 samples))
		return samples;
	free(samples);
	return NULL;
}

static struct bpf_map *map_of(const struct probes *p, enum probes_map map)
{
	switch (map) {
	case PROBES_SAMPLES:
		return p->bpf->maps.samples;
	case PROBES_ABSENCES:
		return p->bpf->maps.absences;
	case PROBES_INTERRUPTS:
		return p->bpf->maps.interrupts;
	case PROBES_SLOW:
		return p->bpf->maps.slow;
	case PROBES_STACKS:
		return p->bpf->maps.stacks;
	case PROBES_TIMES:
	default:
		return p->bpf->maps.times;
	}
}

void probes_each(const struct probes *p, enum probes_map map,
		 void (*visit)(void *data, const void *key, const void *value),
		 void *data)
{
	int fd = bpf_map__fd(map_of(p, map));
	union {
		struct bpf_sample_key sample;
		struct bpf_absence_key absence;
		struct bpf_slow_key slow;
		struct bpf_call call;
		struct bpf_stack_key stack;
	} key;
	static union {
		uint64_t n;
		struct bpf_absence_sum absence;
		struct bpf_interrupts interrupts;
		struct bpf_times times;
	} value;
	bool more = !bpf_map_get_next_key(fd, NULL, &key);

	while (more) {
		if (!bpf_map_lookup_elem(fd, &key, &value))
			visit(data, &key, &value);
		more = !bpf_map_get_next_key(fd, &key, &key);
	}
}

void probes_forget(struct probes *p, enum probes_map map)
{
	int fd = bpf_map__fd(map_of(p, map));
	struct bpf_stack_key key; /* the largest */

	while (!bpf_map_get_next_key(fd, NULL, &key))
		bpf_map_delete_elem(fd, &key);
}

void probes_forget_time(struct probes *p)
{
	uint32_t zero = 0;
	uint64_t *none;

	probes_forget(p, PROBES_SAMPLES);
	probes_forget(p, PROBES_INTERRUPTS);
	probes_forget(p, PROBES_ABSENCES);
	p->bpf->bss->counts = (struct bpf_counts){0};
	none = calloc((size_t)p->cpus, sizeof(*none));
	if (none)
		bpf_map_update_elem(bpf_map__fd(p->bpf->maps.cpu_samples),
				    &zero, none, BPF_EXIST);
	free(none);
}
