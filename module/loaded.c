// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "loaded.h"

#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "arena.h"
#include "cpu.h"
#include "engine/layout.h"
#include "engine/readback.h"
#include "engine/slots.h"
#include "engine/state.h"
#include "engine/verify.h"
#include "hooks.h"
#include "pool.h"

/**
 * struct request - what is to be loaded, copied from the user
 * @program: its arrays are to be kvfree()d
 * @state: wanted
 * @pedestal: wanted
 */
struct request {
	struct swc_program program;
	struct swc_state state;
	u32 pedestal;
};

/*
 * The code begins at a random place in its first page, drawn anew for each load.
 * Results depend on the place; drawn, that is noise, which averages out and
 * shows in the interval (as in the user backend,
 * userspace/lib/replay/backend_user.c).
 */
static size_t extent_bytes(const struct swc_sequence *s)
{
	return s->code_bytes + PAGE_SIZE;
}

static struct swc_sequence *sequence_new(struct swc_account *account)
{
	struct swc_sequence *s = kzalloc(sizeof(*s), SWC_GFP);

	if (!s)
		return NULL;
	swc_account_get(account);
	s->account = account;
	return s;
}

static void sequence_free(struct swc_sequence *s)
{
	swc_evictor_put(s->evictor);
	swc_account_free(s->account, s->lists, s->lists_bytes);
	if (s->extent)
		swc_arena_free(s->extent, extent_bytes(s));
	if (s->memory)
		swc_pool_free(s->memory, s->memory_pages);
	swc_account_put(s->account);
	kfree(s);
}

static int sequence_release(struct inode *inode, struct file *file)
{
	sequence_free(file->private_data);
	return 0;
}

static const struct file_operations sequence_fops = {
	.owner = THIS_MODULE,
	.release = sequence_release,
	.llseek = noop_llseek,
};

struct swc_sequence *swc_sequence_get(int fd, struct file **held)
{
	struct file *file = fget(fd);

	if (!file)
		return NULL;
	if (file->f_op != &sequence_fops) {
		fput(file);
		return NULL;
	}
	*held = file;
	return file->private_data;
}

/* Adds the time that a replay takes to fetch its code, from where that lies. */
static int add_code(struct swc_sequence *s, u32 offset)
{
	u32 i, n = s->code_shared,
	       pages = swc_code_pages(offset, s->code_bytes);
	u64 *lines = kvcalloc(pages, sizeof(*lines), SWC_GFP);

	if (!lines)
		return -ENOMEM;
	swc_code_lines(s->code, s->code_bytes, offset, lines);
	for (i = 0; i < pages; i++)
		n += hweight64(lines[i]);
	kvfree(lines);
	swc_bound_code(&s->bound, n, s->code_turned, pages);
	return 0;
}

/*
 * The surroundings of the replays take so long: some ten lines on six pages, of the
 * module's code and data and of the stack, in two places; cycles as in struct
 * swc_cost.
 */
#define AROUND_CYCLES 60000u

/* The first replay may find nothing cached, nor may the last, after a preparation. */
u64 swc_sequence_worst(const struct swc_sequence *s, u64 warm)
{
	const struct swc_cost *first = &s->bound.first;
	const struct swc_cost *again = &s->bound.again;

	return 2 * swc_cost_ticks(first) + warm * swc_cost_ticks(again) +
	       (warm + 1) * SWC_SLOW_CORE * SWC_FRAME_CYCLES + AROUND_CYCLES;
}

/*
 * Reads the code back where it will run, now that nobody can write there: nothing leads
 * there before the sequence is the caller's.
 */
static int read_back(struct swc_sequence *s, const struct swc_proof *proof,
		     const struct swc_binding *binding, struct swc_error *err)
{
	u64 bytes = swc_readback_bytes(proof, s->code_bytes);
	void *workspace = kvmalloc(bytes, SWC_GFP);
	u32 where;
	bool good;

	if (!workspace)
		return -ENOMEM;
	good = swc_readback(proof, binding, workspace, s->code, s->code_bytes,
			    &where);
	kvfree(workspace);
	if (good)
		return 0;
	pr_err_ratelimited("byte %u of %u of code isn't what was verified\n",
			   where, s->code_bytes);
	err->code = SWC_ERR_BYTES;
	err->op = proof->program->nops; /* the sequence as a whole */
	return -EIO;
}

static int emit_code(struct swc_sequence *s, const struct swc_proof *proof,
		     struct swc_binding *binding, struct swc_error *err)
{
	void *workspace = kvmalloc(swc_emit_bytes(proof), SWC_GFP);
	struct swc_code code = {};
	void *writable;
	int rc = 0;

	if (!workspace)
		return -ENOMEM;
	binding->offset = get_random_u32() % PAGE_SIZE;
	s->code_bytes = swc_emit(proof, binding, workspace, &code);
	if (!s->code_bytes) {
		rc = -EFAULT; /* module memory beyond the top 2 GiB */
		goto out;
	}
	s->extent = swc_arena_alloc(extent_bytes(s));
	if (!s->extent) {
		rc = -ENOSPC;
		goto out;
	}
	s->code = s->extent + binding->offset;
	writable = swc_arena_open(s->extent, extent_bytes(s));
	if (!writable) {
		rc = -ENOMEM;
		goto out;
	}
	binding->at = (unsigned long)s->code;
	binding->pointers = s->memory + SWC_POINTERS_BYTES;
	code.bytes = writable + binding->offset;
	code.capacity = s->code_bytes;
	swc_emit(proof, binding, workspace, &code);
	s->code_shared = code.shared;
	s->code_turned = code.turned;
	swc_hook_code(code.bytes, s->code_bytes);
	swc_arena_close(writable);
	rc = read_back(s, proof, binding, err);
out:
	kvfree(workspace);
	return rc;
}

/* Colours of all pages of all regions, as struct swc_evictors wants them. */
static u16 *colours_of(const struct swc_program *p, const u64 *region,
		       u32 ncolours)
{
	u16 *colours, *next;
	u32 i, page, pages = 0;
	void *at;

	for (i = 0; i < p->nregions; i++)
		pages += p->regions[i].pages;
	colours = kvcalloc(pages, sizeof(*colours), SWC_GFP);
	if (!colours)
		return NULL;
	next = colours;
	for (i = 0; i < p->nregions; i++) {
		for (page = 0; page < p->regions[i].pages; page++) {
			at = (void *)(region[i] + page * SWC_PAGE_BYTES);
			*next++ = vmalloc_to_pfn(at) & (ncolours - 1);
		}
	}
	return colours;
}

/* Gets memory to evict through, if the state needs any. */
static int get_evictor(struct swc_sequence *s, const struct swc_state *state)
{
	u32 bytes = swc_state_buffer_bytes(state, state->l2_ways);
	struct swc_evictor *evictor;

	if (!bytes)
		return 0;
	evictor = swc_evictor_get(s->account, bytes,
				  max(state->l2_way_bytes, SWC_PAGE_BYTES));
	if (IS_ERR(evictor))
		return PTR_ERR(evictor);
	s->evictor = evictor;
	return 0;
}

/* Gets room for the lists that the preparation points to. */
static int get_lists(struct swc_sequence *s, const struct swc_proof *proof)
{
	u64 bytes = swc_state_bytes(proof, s->code_bytes);
	void *lists = swc_account_alloc(s->account, bytes);

	if (IS_ERR(lists))
		return PTR_ERR(lists);
	s->lists = lists;
	s->lists_bytes = bytes;
	return 0;
}

/* Builds the preparation of the state; @err says why it isn't possible. */
static int prepare(struct swc_sequence *s, const struct swc_proof *proof,
		   const struct swc_binding *binding,
		   const struct swc_state *state, struct swc_error *err)
{
	struct swc_extent code = {
		.at = (unsigned long)s->code,
		.bytes = s->code_bytes,
	};
	struct swc_evictors evictors = {
		.invlpg = true,
		.shared_code = swc_cpu_caps()->shared_code,
	};
	u16 *colours = NULL;
	u64 *lines;
	int rc;

	if (swc_state_is_warm(state))
		return 0;
	err->op = proof->program->nops; /* the sequence as a whole */
	rc = get_evictor(s, state);
	if (rc)
		return rc;
	if (s->evictor)
		evictors.buffer = (unsigned long)s->evictor->frames.at;
	if (s->evictor && state->l2_ways) {
		colours = colours_of(proof->program, binding->region,
				     state->l2_way_bytes / SWC_PAGE_BYTES);
		if (!colours)
			return -ENOMEM;
		evictors.colours = colours;
	}
	rc = get_lists(s, proof);
	lines = kvcalloc(swc_code_pages(binding->offset, s->code_bytes),
			 sizeof(*lines), SWC_GFP);
	if (!rc && lines) {
		swc_code_lines(s->code, s->code_bytes, binding->offset, lines);
		code.lines = lines;
		err->code = swc_state_build(proof, state, binding, &code,
					    &evictors, s->lists,
					    &s->preparation);
		rc = err->code ? -EINVAL : 0;
	} else if (!rc) {
		rc = -ENOMEM;
	}
	kvfree(lines);
	kvfree(colours);
	return rc;
}

/* Puts a page that faults below each stack's headroom. */
static void set_guards(const struct swc_proof *proof, const u64 *region)
{
	bool guards = false;
	void *guard;
	u32 i;

	for (i = 0; i < proof->program->nregions; i++) {
		if (!swc_proof_is_stack(proof, i))
			continue;
		guard = (void *)(unsigned long)swc_layout_guard(region[i]);
		swc_pool_guard(guard);
		guards = true;
	}
	if (!guards)
		return;
	swc_pool_flush();
	for (i = 0; i < proof->program->nregions; i++) {
		if (swc_proof_is_stack(proof, i))
			swc_hook_stack(swc_layout_guard(region[i]));
	}
}

static int bind(struct swc_sequence *s, const struct swc_proof *proof,
		const struct request *request, struct swc_error *err)
{
	struct swc_binding binding = {
		.pedestal = request->pedestal,
		.landing_pad = IS_ENABLED(CONFIG_X86_KERNEL_IBT),
	};
	u64 *region;
	int rc = -ENOSPC;

	region = kcalloc(SWC_MAX_REGIONS, sizeof(*region), SWC_GFP);
	if (!region)
		return -ENOMEM;
	s->bound = proof->bound;
	s->memory_pages = swc_layout(proof, 0, region);
	s->memory = swc_pool_alloc(s->memory_pages);
	if (!s->memory)
		goto out;
	swc_layout(proof, (unsigned long)s->memory, region);
	set_guards(proof, region);
	binding.region = region;
	binding.context = (unsigned long)s->memory;
	rc = emit_code(s, proof, &binding, err);
	if (!rc)
		rc = add_code(s, binding.offset);
	if (!rc)
		rc = prepare(s, proof, &binding, &request->state, err);
out:
	kfree(region);
	return rc;
}

/* Verify the program and build a sequence from it. */
static struct swc_sequence *build(struct swc_account *account,
				  const struct request *request,
				  struct swc_error *err)
{
	struct swc_sequence *s = NULL;
	void *workspace = NULL;
	struct swc_proof *proof;
	int rc = -ENOMEM;
	u64 bytes;

	bytes = swc_verify_bytes(&request->program, err);
	if (!bytes)
		return ERR_PTR(-EINVAL);
	err->code = swc_state_check(&request->state, request->program.nregions);
	if (err->code)
		return ERR_PTR(-EINVAL);
	proof = kzalloc(sizeof(*proof), SWC_GFP);
	workspace = kvmalloc(bytes, SWC_GFP);
	s = sequence_new(account);
	if (!proof || !workspace || !s)
		goto out;

	rc = -EINVAL;
	if (swc_verify(&request->program, swc_cpu_caps(), workspace, proof,
		       err))
		goto out;
	rc = bind(s, proof, request, err);
	if (rc == -ENOSPC)
		err->code = SWC_ERR_NO_SPACE;
out:
	kvfree(workspace);
	kfree(proof);
	if (rc && s) {
		sequence_free(s);
		return ERR_PTR(rc);
	}
	return s ? s : ERR_PTR(rc);
}

/* Checks all that can be known from the argument alone. */
static u32 check(const struct swc_load *load)
{
	if ((load->flags & ~SWC_LOAD_FLAGS) || load->reserved0 ||
	    memchr_inv(load->reserved, 0, sizeof(load->reserved)))
		return SWC_ERR_RESERVED;
	if (load->pedestal > SWC_MAX_PEDESTAL)
		return SWC_ERR_IMMEDIATE;
	if (!load->nops)
		return SWC_ERR_EMPTY;
	if (load->nops > SWC_MAX_OPS)
		return SWC_ERR_TOO_LONG;
	if (load->nregions > SWC_MAX_REGIONS)
		return SWC_ERR_PAGES;
	return SWC_OK;
}

/* Copies all in; the caller kvfree()s the program's arrays. */
static int copy_request(const struct swc_load *load, struct request *request)
{
	struct swc_region *regions;
	struct swc_op *ops;

	if (load->state &&
	    copy_from_user(&request->state, u64_to_user_ptr(load->state),
			   sizeof(request->state)))
		return -EFAULT;
	ops = swc_copy_in(load->ops, load->nops, sizeof(*ops));
	if (IS_ERR(ops))
		return PTR_ERR(ops);
	regions = swc_copy_in(load->regions, load->nregions, sizeof(*regions));
	if (IS_ERR(regions)) {
		kvfree(ops);
		return PTR_ERR(regions);
	}
	request->program.ops = ops;
	request->program.regions = regions;
	return 0;
}

static int install(struct swc_sequence *s)
{
	int fd = anon_inode_getfd("[switchcost]", &sequence_fops, s, O_CLOEXEC);

	if (fd < 0)
		sequence_free(s);
	return fd;
}

int swc_sequence_load(struct swc_account *account, struct swc_load *load)
{
	struct request request = {
		.program.nops = load->nops,
		.program.nregions = load->nregions,
		.program.entry_region = load->entry_region,
		.program.entry_offset = load->entry_offset,
		.program.open_end = load->flags & SWC_LOAD_OPEN_END,
		.pedestal = load->pedestal,
	};
	struct swc_error err = {.code = check(load), .op = load->nops};
	struct swc_sequence *s;
	int rc;

	load->error = err.code;
	load->error_op = err.op;
	if (err.code)
		return -EINVAL;

	rc = copy_request(load, &request);
	if (rc)
		return rc;
	s = build(account, &request, &err);
	kvfree(request.program.ops);
	kvfree(request.program.regions);
	load->error = err.code;
	load->error_op = err.op;
	if (IS_ERR(s))
		return PTR_ERR(s);
	load->code_bytes = s->code_bytes;
	return install(s);
}
