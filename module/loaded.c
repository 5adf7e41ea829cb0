// SPDX-License-Identifier: GPL-2.0
#include "loaded.h"

#include <linux/anon_inodes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "arena.h"
#include "cpu.h"
#include "engine/layout.h"
#include "pool.h"

static void sequence_free(struct swc_sequence *s)
{
	if (s->code)
		swc_arena_free(s->code, s->code_bytes);
	if (s->memory)
		swc_pool_free(s->memory, s->memory_pages);
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

struct swc_sequence *swc_sequence_of(struct file *file)
{
	return file->f_op == &sequence_fops ? file->private_data : NULL;
}

static int emit_code(struct swc_sequence *s, const struct swc_plan *plan,
		     const struct swc_binding *binding)
{
	void *workspace = kvmalloc(swc_emit_bytes(plan), GFP_KERNEL);
	struct swc_code code = {};
	int rc = 0;

	if (!workspace)
		return -ENOMEM;
	s->code_bytes = swc_emit(plan, binding, workspace, &code);
	if (!s->code_bytes) {
		rc = -EFAULT; /* module memory beyond the top 2 GiB */
		goto out;
	}
	s->code = swc_arena_alloc(s->code_bytes);
	if (!s->code) {
		rc = -ENOSPC;
		goto out;
	}
	code.bytes = swc_arena_alias(s->code);
	code.capacity = s->code_bytes;
	swc_emit(plan, binding, workspace, &code);
out:
	kvfree(workspace);
	return rc;
}

static int bind(struct swc_sequence *s, const struct swc_plan *plan,
		u32 pedestal)
{
	struct swc_binding binding = {
		.pedestal = pedestal,
		.landing_pad = IS_ENABLED(CONFIG_X86_KERNEL_IBT),
	};
	u64 *region;
	int rc = -ENOSPC;

	region = kcalloc(SWC_MAX_REGIONS, sizeof(*region), GFP_KERNEL);
	if (!region)
		return -ENOMEM;
	s->cycles = plan->cycles;
	s->memory_pages = swc_layout(plan, 0, region);
	s->memory = swc_pool_alloc(s->memory_pages);
	if (!s->memory)
		goto out;
	swc_layout(plan, (unsigned long)s->memory, region);
	binding.region = region;
	binding.context = (unsigned long)s->memory;
	rc = emit_code(s, plan, &binding);
out:
	kfree(region);
	return rc;
}

/* Verify @program and build a sequence from it. */
static struct swc_sequence *build(const struct swc_program *program,
				  u32 pedestal, struct swc_error *err)
{
	struct swc_sequence *s = NULL;
	void *workspace = NULL;
	struct swc_plan *plan;
	int rc = -ENOMEM;
	u64 bytes;

	bytes = swc_verify_bytes(program, err);
	if (!bytes)
		return ERR_PTR(-EINVAL);
	plan = kzalloc(sizeof(*plan), GFP_KERNEL);
	workspace = kvmalloc(bytes, GFP_KERNEL);
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!plan || !workspace || !s)
		goto out;

	rc = -EINVAL;
	if (swc_verify(program, swc_cpu_caps(), workspace, plan, err))
		goto out;
	rc = bind(s, plan, pedestal);
	if (rc == -ENOSPC)
		err->code = SWC_ERR_NO_SPACE;
out:
	kvfree(workspace);
	kfree(plan);
	if (rc && s) {
		sequence_free(s);
		return ERR_PTR(rc);
	}
	return s ? s : ERR_PTR(rc);
}

static bool reserved_is_zero(const struct swc_load *load)
{
	return !load->flags && !load->reserved0 && !load->state &&
	       !memchr_inv(load->reserved, 0, sizeof(load->reserved));
}

/* Copy the arrays in; @program's pointers are to be kvfree()d. */
static int copy_program(const struct swc_load *load,
			struct swc_program *program)
{
	struct swc_region *regions;
	struct swc_op *ops;

	ops = vmemdup_user(u64_to_user_ptr(load->ops),
			   load->nops * sizeof(*ops));
	if (IS_ERR(ops))
		return PTR_ERR(ops);
	regions = vmemdup_user(u64_to_user_ptr(load->regions),
			       load->nregions * sizeof(*regions));
	if (IS_ERR(regions)) {
		kvfree(ops);
		return PTR_ERR(regions);
	}
	program->ops = ops;
	program->regions = regions;
	return 0;
}

static int install(struct swc_sequence *s)
{
	int fd = anon_inode_getfd("[switchcost]", &sequence_fops, s, O_CLOEXEC);

	if (fd < 0)
		sequence_free(s);
	return fd;
}

int swc_sequence_load(struct swc_load *load)
{
	struct swc_program program = {
		.nops = load->nops,
		.nregions = load->nregions,
		.entry_region = load->entry_region,
		.entry_offset = load->entry_offset,
	};
	struct swc_error err = {.op = load->nops};
	struct swc_sequence *s;
	int rc;

	if (!reserved_is_zero(load))
		err.code = SWC_ERR_RESERVED;
	else if (load->pedestal > SWC_MAX_PEDESTAL)
		err.code = SWC_ERR_IMMEDIATE;
	else if (!load->nops)
		err.code = SWC_ERR_EMPTY;
	else if (load->nops > SWC_MAX_OPS)
		err.code = SWC_ERR_TOO_LONG;
	else if (load->nregions > SWC_MAX_REGIONS)
		err.code = SWC_ERR_PAGES;
	load->error = err.code;
	load->error_op = err.op;
	if (err.code)
		return -EINVAL;

	rc = copy_program(load, &program);
	if (rc)
		return rc;
	s = build(&program, load->pedestal, &err);
	kvfree(program.ops);
	kvfree(program.regions);
	load->error = err.code;
	load->error_op = err.op;
	if (IS_ERR(s))
		return PTR_ERR(s);
	load->code_bytes = s->code_bytes;
	return install(s);
}
