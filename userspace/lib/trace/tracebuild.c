// SPDX-License-Identifier: GPL-2.0
#include "tracebuild.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fnv.h"
#include "lookup.h"
#include "outfile.h"
#include "trace.h"
#include "tracefile.h"

/* A growing sequence of bytes; the sections are built in these. */
struct buffer {
	uint8_t *data;
	size_t bytes;
	size_t capacity;
};

struct module {
	uint64_t start;
	uint64_t end;
	uint64_t hash; /* of its name */
};

struct anchor {
	uint64_t address;
	bool set;
};

struct trace_builder {
	struct buffer sections[TRACE_SECTION_TYPES];
	struct lookup strings;
	struct lookup insns;
	struct lookup variants;
	struct buffer modules;	 /* struct module */
	struct buffer anchors;	 /* struct anchor, by region */
	struct buffer insn_keys; /* uint64_t, by instruction */

	/* the repetition under way */
	size_t first_step_bytes;
	size_t first_access_bytes;
	size_t first_syscall_bytes;
	uint64_t hash;
	bool open;
};

#define ENTRIES(buffer, type)  ((buffer)->bytes / sizeof(type))
#define ENTRY(buffer, type, i) (&((type *)(void *)(buffer)->data)[i])

static uint64_t hash_word(uint64_t hash, uint64_t word)
{
	return fnv1a(hash, &word, sizeof(word));
}

static int no_memory(struct error *err)
{
	return error_set(err, EXIT_IMPOSSIBLE,
			 "trace: out of memory; record a shorter call");
}

/* Append @n bytes. Return: 0, or -1 with @err set and nothing changed. */
static int append(struct buffer *buffer, const void *bytes, size_t n,
		  struct error *err)
{
	size_t capacity = buffer->capacity ? buffer->capacity : 256;
	uint8_t *data;

	while (capacity - buffer->bytes < n)
		capacity *= 2;
	if (capacity != buffer->capacity) {
		data = realloc(buffer->data, capacity);
		if (!data)
			return no_memory(err);
		buffer->data = data;
		buffer->capacity = capacity;
	}
	if (n)
		memcpy(buffer->data + buffer->bytes, bytes, n);
	buffer->bytes += n;
	return 0;
}

/* Make room for one more entry of @lookup. */
static int reserve(struct lookup *lookup, struct error *err)
{
	return lookup_reserve(lookup) ? no_memory(err) : 0;
}

struct trace_builder *trace_builder_new(void)
{
	struct trace_builder *b = calloc(1, sizeof(*b));
	struct error ignored = {0};

	/* Offset 0 of the strings is the empty one. */
	if (b && append(&b->sections[TRACE_STRINGS], "", 1, &ignored)) {
		trace_builder_free(b);
		return NULL;
	}
	return b;
}

void trace_builder_free(struct trace_builder *b)
{
	int i;

	if (!b)
		return;
	for (i = 0; i < TRACE_SECTION_TYPES; i++)
		free(b->sections[i].data);
	lookup_free(&b->strings);
	lookup_free(&b->insns);
	lookup_free(&b->variants);
	free(b->modules.data);
	free(b->anchors.data);
	free(b->insn_keys.data);
	free(b);
}

int trace_builder_meta(struct trace_builder *b, const char *key,
		       const char *value, struct error *err)
{
	struct buffer *meta = &b->sections[TRACE_META];
	size_t start = meta->bytes, i;

	if (append(meta, key, strlen(key), err) || append(meta, "=", 1, err) ||
	    append(meta, value, strlen(value), err)) {
		meta->bytes = start;
		return -1;
	}
	for (i = start; i < meta->bytes; i++)
		if (meta->data[i] < ' ')
			meta->data[i] = ' ';
	if (append(meta, "\n", 1, err)) {
		meta->bytes = start;
		return -1;
	}
	return 0;
}

int trace_builder_string(struct trace_builder *b, const char *s,
			 uint32_t *offset, struct error *err)
{
	struct buffer *pool = &b->sections[TRACE_STRINGS];
	uint64_t hash = fnv1a(FNV_BASIS, s, strlen(s));
	struct lookup_slot *slot;
	size_t at = hash;

	*offset = 0;
	if (!*s)
		return 0;
	if (reserve(&b->strings, err))
		return -1;
	while ((slot = lookup_probe(&b->strings, hash, &at))->used) {
		*offset = slot->value;
		if (!strcmp((char *)pool->data + *offset, s))
			return 0;
		at++;
	}
	*offset = (uint32_t)pool->bytes;
	if (append(pool, s, strlen(s) + 1, err))
		return -1;
	lookup_insert(&b->strings, hash, *offset);
	return 0;
}

int trace_builder_module(struct trace_builder *b, uint64_t start, uint64_t end,
			 const char *name, struct error *err)
{
	struct module module = {
		.start = start,
		.end = end,
		.hash = fnv1a(FNV_BASIS, name, strlen(name)),
	};
	size_t i;

	for (i = 0; i < ENTRIES(&b->modules, struct module); i++) {
		struct module *known = ENTRY(&b->modules, struct module, i);

		if (known->start == start && known->end == end)
			return 0;
	}
	return append(&b->modules, &module, sizeof(module), err);
}

/*
 * This stands for an instruction in a stream's hash: the same in each process,
 * wherever the module was loaded. Unclaimed code keeps its place in the page, and
 * its bytes count, as they do where there were others before (@changed).
 */
static uint64_t insn_key(const struct trace_builder *b,
			 const struct trace_insn *insn, bool changed)
{
	const uint64_t address = insn->address;
	uint64_t key = hash_word(FNV_BASIS, address & 0xfff);
	bool claimed = false;
	size_t i;

	for (i = 0; i < ENTRIES(&b->modules, struct module) && !claimed; i++) {
		struct module *module = ENTRY(&b->modules, struct module, i);

		claimed = address >= module->start && address < module->end;
		if (claimed)
			key = hash_word(module->hash, address - module->start);
	}
	return claimed && !changed ? key
				   : fnv1a(key, insn->bytes, insn->length);
}

int trace_builder_insn(struct trace_builder *b, uint64_t address,
		       const uint8_t *bytes, uint8_t length,
		       const char *function, uint32_t *index, struct error *err)
{
	struct buffer *code = &b->sections[TRACE_CODE];
	struct trace_insn insn = {.address = address, .length = length};
	uint64_t hash = hash_word(FNV_BASIS, address);
	struct lookup_slot *slot;
	bool changed = false;
	uint64_t key;
	size_t at = hash;

	if (!length || length > TRACE_MAX_INSN)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "trace: an instruction of %u bytes at 0x%llx",
				 length, (unsigned long long)address);
	memcpy(insn.bytes, bytes, length);
	if (reserve(&b->insns, err))
		return -1;
	while ((slot = lookup_probe(&b->insns, hash, &at))->used) {
		struct trace_insn *known;

		*index = slot->value;
		known = ENTRY(code, struct trace_insn, *index);
		/* Code may be rewritten in place: compare the bytes, too. */
		if (known->address == address && known->length == length &&
		    !memcmp(known->bytes, bytes, length))
			return 0;
		changed |= known->address == address;
		at++;
	}
	*index = (uint32_t)ENTRIES(code, struct trace_insn);
	key = insn_key(b, &insn, changed);
	if (trace_builder_string(b, function, &insn.function, err) ||
	    append(&b->insn_keys, &key, sizeof(key), err))
		return -1;
	if (append(code, &insn, sizeof(insn), err)) {
		b->insn_keys.bytes -= sizeof(key);
		return -1;
	}
	lookup_insert(&b->insns, hash, *index);
	return 0;
}

static bool region_name_used(const struct trace_builder *b, uint32_t name)
{
	const struct buffer *regions = &b->sections[TRACE_REGIONS];
	size_t i;

	for (i = 0; i < ENTRIES(regions, struct trace_region); i++)
		if (ENTRY(regions, struct trace_region, i)->name == name)
			return true;
	return false;
}

static int unique_name(struct trace_builder *b, const char *name,
		       uint32_t *offset, struct error *err)
{
	char numbered[64];
	unsigned int n;

	if (trace_builder_string(b, name, offset, err))
		return -1;
	for (n = 2; region_name_used(b, *offset); n++) {
		snprintf(numbered, sizeof(numbered), "%s%u", name, n);
		if (trace_builder_string(b, numbered, offset, err))
			return -1;
	}
	return 0;
}

int trace_builder_region(struct trace_builder *b, uint64_t start, uint64_t end,
			 enum trace_region_kind kind, const char *name,
			 uint16_t *index, struct error *err)
{
	struct buffer *regions = &b->sections[TRACE_REGIONS];
	size_t n = ENTRIES(regions, struct trace_region), i;
	struct trace_region region = {
		.start = start, .end = end, .kind = (uint16_t)kind};
	struct anchor anchor = {0};

	for (i = 0; i < n; i++) {
		struct trace_region *known =
			ENTRY(regions, struct trace_region, i);

		if (known->start == start && known->end == end &&
		    known->kind == kind) {
			*index = (uint16_t)i;
			return 0;
		}
	}
	if (start >= end || n > UINT16_MAX)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "trace: region %s is empty or one too many",
				 name);
	*index = (uint16_t)n;
	if (unique_name(b, name, &region.name, err) ||
	    append(&b->anchors, &anchor, sizeof(anchor), err))
		return -1;
	if (append(regions, &region, sizeof(region), err)) {
		b->anchors.bytes -= sizeof(anchor);
		return -1;
	}
	return 0;
}

int trace_builder_anchor(struct trace_builder *b, uint16_t region,
			 uint64_t address, struct error *err)
{
	if (region >= ENTRIES(&b->anchors, struct anchor))
		return error_set(err, EXIT_IMPOSSIBLE,
				 "trace: no region %u to anchor", region);
	*ENTRY(&b->anchors, struct anchor, region) =
		(struct anchor){address, true};
	return 0;
}

int trace_builder_field(struct trace_builder *b, uint16_t region,
			uint32_t offset, uint32_t size, const char *name,
			struct error *err)
{
	struct buffer *fields = &b->sections[TRACE_FIELDS];
	struct trace_field field = {
		.region = region, .offset = offset, .size = size};
	size_t i;

	for (i = 0; i < ENTRIES(fields, struct trace_field); i++) {
		struct trace_field *known =
			ENTRY(fields, struct trace_field, i);

		if (known->region == region && known->offset == offset &&
		    known->size == size)
			return 0;
	}
	if (trace_builder_string(b, name, &field.name, err))
		return -1;
	return append(fields, &field, sizeof(field), err);
}

int trace_builder_begin(struct trace_builder *b, struct error *err)
{
	if (b->open)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "trace: a repetition is already under way");
	b->first_step_bytes = b->sections[TRACE_STEPS].bytes;
	b->first_access_bytes = b->sections[TRACE_ACCESSES].bytes;
	b->first_syscall_bytes = b->sections[TRACE_SYSCALLS].bytes;
	b->hash = FNV_BASIS;
	b->open = true;
	return 0;
}

int trace_builder_step(struct trace_builder *b, uint32_t insn, uint64_t rsp,
		       uint16_t flags, struct error *err)
{
	struct trace_step step = {.rsp = rsp, .insn = insn, .flags = flags};

	if (!b->open || insn >= ENTRIES(&b->insn_keys, uint64_t))
		return error_set(err, EXIT_IMPOSSIBLE,
				 "trace: a step out of place");
	b->hash = hash_word(b->hash, *ENTRY(&b->insn_keys, uint64_t, insn));
	return append(&b->sections[TRACE_STEPS], &step, sizeof(step), err);
}

/* This stands for an address in a stream's hash; see trace_builder_anchor(). */
static uint64_t address_key(const struct trace_builder *b, uint64_t address,
			    uint16_t index)
{
	const struct trace_region *region =
		ENTRY(&b->sections[TRACE_REGIONS], struct trace_region, index);
	const struct anchor *anchor = ENTRY(&b->anchors, struct anchor, index);

	switch (region->kind) {
	case TRACE_REGION_HEAP:
	case TRACE_REGION_OTHER:
		return address & 63;
	case TRACE_REGION_GSTACK:
	case TRACE_REGION_G0STACK:
	case TRACE_REGION_SIGSTACK:
	case TRACE_REGION_STACK:
	case TRACE_REGION_TLS:
		return anchor->set ? address - anchor->address : address & 63;
	default:
		return address - region->start;
	}
}

int trace_builder_access(struct trace_builder *b, uint64_t address,
			 uint32_t size, uint8_t flags, uint16_t region,
			 struct error *err)
{
	struct buffer *steps = &b->sections[TRACE_STEPS];
	struct buffer *regions = &b->sections[TRACE_REGIONS];
	struct trace_access access = {.address = address,
				      .size = size,
				      .region = region,
				      .flags = flags};
	struct trace_step *step;

	if (!b->open || steps->bytes == b->first_step_bytes || !size ||
	    region >= ENTRIES(regions, struct trace_region))
		return error_set(err, EXIT_IMPOSSIBLE,
				 "trace: an access out of place");
	if (append(&b->sections[TRACE_ACCESSES], &access, sizeof(access), err))
		return -1;
	step = ENTRY(steps, struct trace_step,
		     ENTRIES(steps, struct trace_step) - 1);
	step->naccesses++;
	b->hash = hash_word(
		b->hash, ENTRY(regions, struct trace_region, region)->kind |
				 (uint64_t)flags << 16 | (uint64_t)size << 32);
	b->hash = hash_word(b->hash, address_key(b, address, region));
	return 0;
}

int trace_builder_syscall(struct trace_builder *b,
			  const struct trace_syscall *call, struct error *err)
{
	struct buffer *steps = &b->sections[TRACE_STEPS];
	struct trace_syscall entry = *call;
	size_t last = ENTRIES(steps, struct trace_step) - 1;

	if (!b->open || steps->bytes == b->first_step_bytes ||
	    !(ENTRY(steps, struct trace_step, last)->flags &
	      TRACE_STEP_SYSCALL))
		return error_set(err, EXIT_IMPOSSIBLE,
				 "trace: a system call out of place");
	entry.step = (uint32_t)last;
	b->hash = hash_word(b->hash, entry.number);
	return append(&b->sections[TRACE_SYSCALLS], &entry, sizeof(entry), err);
}

int trace_builder_touched(struct trace_builder *b,
			  const struct trace_touched *touched,
			  struct error *err)
{
	struct buffer *regions = &b->sections[TRACE_REGIONS];

	if (touched->region >= ENTRIES(regions, struct trace_region))
		return error_set(err, EXIT_IMPOSSIBLE,
				 "trace: a touched line of no region");
	return append(&b->sections[TRACE_WORKING], touched, sizeof(*touched),
		      err);
}

static int add_variant(struct trace_builder *b, struct error *err)
{
	size_t first_step = b->first_step_bytes / sizeof(struct trace_step);
	size_t first_access =
		b->first_access_bytes / sizeof(struct trace_access);
	size_t steps = ENTRIES(&b->sections[TRACE_STEPS], struct trace_step);
	size_t accesses =
		ENTRIES(&b->sections[TRACE_ACCESSES], struct trace_access);
	struct buffer *variants = &b->sections[TRACE_VARIANTS];
	struct trace_variant variant = {
		.hash = b->hash,
		.count = 1,
		.first_step = (uint32_t)first_step,
		.nsteps = (uint32_t)(steps - first_step),
		.first_access = (uint32_t)first_access,
		.naccesses = (uint32_t)(accesses - first_access),
	};

	if (steps > UINT32_MAX || accesses > UINT32_MAX)
		return error_set(
			err, EXIT_IMPOSSIBLE,
			"trace: over 4 billion steps; record a shorter call");
	if (append(variants, &variant, sizeof(variant), err))
		return -1;
	lookup_insert(&b->variants, b->hash,
		      (uint32_t)ENTRIES(variants, struct trace_variant) - 1);
	return 1;
}

int trace_builder_end(struct trace_builder *b, struct error *err)
{
	struct lookup_slot *slot;
	size_t at = b->hash;

	if (!b->open || b->sections[TRACE_STEPS].bytes == b->first_step_bytes)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "trace: a repetition without steps");
	b->open = false;
	if (reserve(&b->variants, err))
		return -1;
	slot = lookup_probe(&b->variants, b->hash, &at);
	if (!slot->used)
		return add_variant(b, err);
	ENTRY(&b->sections[TRACE_VARIANTS], struct trace_variant, slot->value)
		->count++;
	b->sections[TRACE_STEPS].bytes = b->first_step_bytes;
	b->sections[TRACE_ACCESSES].bytes = b->first_access_bytes;
	b->sections[TRACE_SYSCALLS].bytes = b->first_syscall_bytes;
	return 0;
}

/* Most frequent first; equally frequent ones in the order they were seen. */
static int by_count(const void *a, const void *b)
{
	const struct trace_variant *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return (x->first_step > y->first_step) -
	       (x->first_step < y->first_step);
}

static int pad(struct buffer *image, struct error *err)
{
	static const uint8_t zero[8];

	return append(image, zero, -image->bytes % 8, err);
}

/* The whole file in memory: the checksum covers all of it. */
static int build_image(struct trace_builder *b, struct buffer *image,
		       struct error *err)
{
	struct trace_section table[TRACE_SECTION_TYPES - 1] = {0};
	struct trace_header header = {
		.version = TRACE_VERSION,
		.nsections = TRACE_SECTION_TYPES - 1,
	};
	int type;

	memcpy(header.magic, TRACE_MAGIC, sizeof(header.magic));
	if (append(image, &header, sizeof(header), err) ||
	    append(image, table, sizeof(table), err))
		return -1;
	for (type = TRACE_META; type < TRACE_SECTION_TYPES; type++) {
		struct buffer *section = &b->sections[type];

		table[type - 1] = (struct trace_section){
			.type = (uint32_t)type,
			.entry_bytes = trace_entry_bytes(type),
			.offset = image->bytes,
			.bytes = section->bytes,
		};
		if (append(image, section->data, section->bytes, err) ||
		    pad(image, err))
			return -1;
	}
	memcpy(image->data + sizeof(header), table, sizeof(table));
	header.file_bytes = image->bytes;
	memcpy(image->data, &header, sizeof(header));
	header.checksum = trace_checksum(image->data, image->bytes);
	memcpy(image->data, &header, sizeof(header));
	return 0;
}

int trace_builder_write(struct trace_builder *b, const char *path,
			struct error *err)
{
	struct buffer *variants = &b->sections[TRACE_VARIANTS];
	struct buffer image = {0};
	struct outfile out;
	int result = -1;

	if (b->open || !variants->bytes)
		return error_set(err, EXIT_IMPOSSIBLE,
				 "%s: nothing was recorded", path);
	/* The builder is spent: its lookup points into the old order. */
	qsort(variants->data, ENTRIES(variants, struct trace_variant),
	      sizeof(struct trace_variant), by_count);

	if (build_image(b, &image, err) || outfile_open(&out, path, err))
		goto out;
	fwrite(image.data, 1, image.bytes, out.stream);
	result = outfile_commit(&out, err); /* reports a failed write, too */
out:
	free(image.data);
	return result;
}
