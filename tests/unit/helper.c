// SPDX-License-Identifier: GPL-2.0
#include "helper.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "check.h"
#include "engine/readback.h"
#include "engine/slots.h"
#include "seqtext.h"

#define PAGE 4096u

void guarded_alloc(struct guarded *g, size_t bytes)
{
	size_t body = (bytes + PAGE - 1) & ~(size_t)(PAGE - 1);

	g->mapped = body + PAGE;
	g->map = mmap(NULL, g->mapped, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(g->map != MAP_FAILED);
	assert_int_equal(mprotect((char *)g->map + body, PAGE, PROT_NONE), 0);
	g->bytes = (char *)g->map + body - ((bytes + 7) & ~(size_t)7);
}

void guarded_free(struct guarded *g)
{
	if (g->map)
		munmap(g->map, g->mapped);
	*g = (struct guarded){0};
}

bool verify(struct verified *v, const struct swc_program *program,
	    const struct swc_caps *caps)
{
	__u64 bytes;

	*v = (struct verified){0};
	bytes = swc_verify_bytes(program, &v->error);
	if (!bytes)
		return false;
	guarded_alloc(&v->workspace, bytes);
	/* The verifier must not rely on a workspace of zeros. */
	memset(v->workspace.bytes, 0xa5, bytes);
	v->accepted = !swc_verify(program, caps, v->workspace.bytes, &v->proof,
				  &v->error);
	assert_int_equal(v->accepted, v->error.code == SWC_OK);
	return v->accepted;
}

void verified_free(struct verified *v)
{
	guarded_free(&v->workspace);
}

bool emit(struct emitted *e, const struct swc_proof *proof,
	  const struct swc_binding *binding)
{
	struct swc_code code = {.bytes = NULL};
	__u64 bytes = swc_emit_bytes(proof);
	__u32 where;

	*e = (struct emitted){0};
	guarded_alloc(&e->workspace, bytes);
	memset(e->workspace.bytes, 0xa5, bytes);
	e->bytes = swc_emit(proof, binding, e->workspace.bytes, &code);
	if (!e->bytes)
		return false;
	guarded_alloc(&e->code, e->bytes);
	code = (struct swc_code){.bytes = e->code.bytes, .capacity = e->bytes};
	assert_int_equal(swc_emit(proof, binding, e->workspace.bytes, &code),
			 e->bytes);
	assert_int_equal(code.used, e->bytes);
	e->shared = code.shared;
	e->turned = code.turned;
	if (!read_back(proof, binding, e->code.bytes, e->bytes, &where))
		fail_msg("byte %u of %u isn't read back", where, e->bytes);
	return true;
}

bool read_back(const struct swc_proof *proof, const struct swc_binding *binding,
	       const __u8 *code, __u32 bytes, __u32 *where)
{
	struct guarded workspace;
	bool accepted;

	guarded_alloc(&workspace, swc_readback_bytes(proof, bytes));
	memset(workspace.bytes, 0xa5, swc_readback_bytes(proof, bytes));
	accepted = swc_readback(proof, binding, workspace.bytes, code, bytes,
				where);
	guarded_free(&workspace);
	return accepted;
}

void emitted_free(struct emitted *e)
{
	guarded_free(&e->code);
	guarded_free(&e->workspace);
}

void bind_at(struct swc_binding *binding, __u64 *region,
	     const struct swc_program *program, __u64 at)
{
	static __u64 pointers[SWC_MAX_INDIRECT];
	__u32 i;

	memset(pointers, 0, sizeof(pointers));
	binding->at = 0x123456789000;
	binding->pointers = pointers;
	binding->context = at;
	at += PAGE;
	for (i = 0; i < program->nregions; i++) {
		at += PAGE;
		region[i] = at;
		at += program->regions[i].pages * PAGE;
	}
	binding->region = region;
}

void sequence_from(struct sequence *s, const char *text)
{
	struct error err = {0};
	char *lines = strdup(text), *p;
	FILE *in;

	assert_non_null(lines);
	for (p = lines; *p; p++) {
		if (*p == ';')
			*p = '\n';
	}
	in = fmemopen(lines, strlen(lines), "r");
	assert_non_null(in);
	if (seqtext_read(s, in, text, &err))
		fail_msg("%s", err.text);
	fclose(in);
	free(lines);
}

void check_accepted(const struct swc_program *program,
		    const struct swc_caps *caps)
{
	__u64 region[SWC_MAX_REGIONS];
	struct swc_binding binding = {.pedestal = 8};
	struct emitted e;
	struct verified v;

	if (!verify(&v, program, caps))
		fail_msg("op %u: %s", v.error.op, swc_error_text(v.error.code));
	bind_at(&binding, region, program, 0x20000000);
	assert_true(emit(&e, &v.proof, &binding));
	check_code(program, caps, &binding, e.code.bytes, e.bytes);
	emitted_free(&e);
	verified_free(&v);
}

/* Two in the middle of a half, two at its end. */
static const __u64 places[] = {0x20000000, 0xffffffffa0000000, 0x7fff0000,
			       0xfffffffffff00000};

__u32 check_every_way(const struct swc_program *program)
{
	struct swc_binding binding = {.pedestal = 4};
	struct swc_caps caps = caps_all();
	__u64 region[SWC_MAX_REGIONS];
	__u32 k, bytes = 0;
	struct verified v;
	struct emitted e;

	for (k = 0; k < 32 * ARRAY_SIZE(places); k++) {
		caps.direct = k & 1;
		binding.landing_pad = k & 2;
		binding.spread = k & 4;
		binding.packed = k & 8;
		binding.loop = (struct swc_loop){
			.iterations = k & 16 && !program->open_end ? 9 : 0,
			.copies = 2};
		assert_true(verify(&v, program, &caps));
		bind_at(&binding, region, program, places[k / 32]);
		if (emit(&e, &v.proof, &binding)) {
			check_code(program, &caps, &binding, e.code.bytes,
				   e.bytes);
			if (!k)
				bytes = e.bytes;
		} else {
			assert_true(k / 32 >= 2);
		}
		emitted_free(&e);
		verified_free(&v);
	}
	return bytes;
}

void check_verdict(const struct swc_program *program,
		   const struct swc_caps *caps, struct swc_error expected,
		   const char *name)
{
	struct verified v;

	verify(&v, program, caps);
	verified_free(&v);
	if (v.error.code != expected.code ||
	    (!v.accepted && v.error.op != expected.op))
		fail_msg("%s: op %u: %s", name, v.error.op,
			 swc_error_text(v.error.code));
}

void check_text(const char *text, struct swc_error expected)
{
	struct swc_caps caps = caps_all();
	struct swc_program program;
	struct sequence s;

	sequence_from(&s, text);
	program = sequence_program(&s);
	check_verdict(&program, &caps, expected, text);
	if (!expected.code)
		check_accepted(&program, &caps);
	sequence_free(&s);
}

void check_refusals(const struct refusal *r, size_t n)
{
	for (; n--; r++) {
		check_text(r->refused, REFUSED(r->code, r->op));
		check_text(r->accepted, ACCEPTED);
	}
}
