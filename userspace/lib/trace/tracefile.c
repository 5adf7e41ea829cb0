// SPDX-License-Identifier: GPL-2.0
#include "tracefile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fnv.h"
#include "tracecheck.h"

static const struct {
	const char *name;
	uint32_t entry_bytes;
} section_types[TRACE_SECTION_TYPES] = {
	[TRACE_META] = {"META", 1},
	[TRACE_STRINGS] = {"STRINGS", 1},
	[TRACE_CODE] = {"CODE", sizeof(struct trace_insn)},
	[TRACE_REGIONS] = {"REGIONS", sizeof(struct trace_region)},
	[TRACE_FIELDS] = {"FIELDS", sizeof(struct trace_field)},
	[TRACE_VARIANTS] = {"VARIANTS", sizeof(struct trace_variant)},
	[TRACE_STEPS] = {"STEPS", sizeof(struct trace_step)},
	[TRACE_ACCESSES] = {"ACCESSES", sizeof(struct trace_access)},
	[TRACE_SYSCALLS] = {"SYSCALLS", sizeof(struct trace_syscall)},
	[TRACE_WORKING] = {"WORKING", sizeof(struct trace_touched)},
};

uint64_t trace_checksum(const void *file, size_t bytes)
{
	const size_t field = offsetof(struct trace_header, checksum);
	const size_t after = field + sizeof(uint64_t);
	static const uint8_t zero[sizeof(uint64_t)];
	const uint8_t *p = file;
	uint64_t hash = FNV_BASIS;

	if (bytes < after)
		return fnv1a(hash, p, bytes);
	hash = fnv1a(hash, p, field);
	hash = fnv1a(hash, zero, sizeof(zero));
	return fnv1a(hash, p + after, bytes - after);
}

static int check_header(const struct trace *trace, struct error *err)
{
	const struct trace_header *header = trace->map;
	uint64_t checksum;

	if (memcmp(header->magic, TRACE_MAGIC, sizeof(header->magic)))
		return error_set(err, EXIT_USAGE,
				 "%s: not a trace; make one with record",
				 trace->path);
	if (header->version < TRACE_OLDEST || header->version > TRACE_VERSION)
		return error_set(
			err, EXIT_USAGE,
			"%s: trace version %u, this program reads %u to %u; record it again with this version",
			trace->path, header->version, TRACE_OLDEST,
			TRACE_VERSION);
	if (header->file_bytes > trace->bytes)
		return error_set(err, EXIT_USAGE,
				 "%s: truncated: header says %" PRIu64
				 " bytes, file has %zu; record it again",
				 trace->path, header->file_bytes, trace->bytes);
	if (header->file_bytes < trace->bytes)
		return DAMAGED(trace, err,
			       "header says %" PRIu64 " bytes, file has %zu",
			       header->file_bytes, trace->bytes);
	if (header->nsections > TRACE_MAX_SECTIONS)
		return DAMAGED(trace, err, "%u sections, at most %u",
			       header->nsections, TRACE_MAX_SECTIONS);
	checksum = trace_checksum(trace->map, trace->bytes);
	if (checksum != header->checksum)
		return DAMAGED(trace, err,
			       "checksum %016" PRIx64 ", expected %016" PRIx64,
			       checksum, header->checksum);
	return 0;
}

/* One more than the last type of section that a file of this version has. */
static uint32_t section_types_of(const struct trace *trace)
{
	const struct trace_header *header = trace->map;

	return header->version < 3 ? TRACE_WORKING : TRACE_SECTION_TYPES;
}

static int check_section(const struct trace *trace,
			 const struct trace_section *section, struct error *err)
{
	const struct trace_header *header = trace->map;
	uint64_t first = sizeof(*header) +
			 header->nsections * sizeof(struct trace_section);

	if (section->offset % 8 || section->offset < first ||
	    section->offset > trace->bytes ||
	    section->bytes > trace->bytes - section->offset)
		return DAMAGED(trace, err,
			       "section type %u at %" PRIu64 ", %" PRIu64
			       " bytes long, is misplaced",
			       section->type, section->offset, section->bytes);
	if (section->type >= section_types_of(trace) || !section->type)
		return 0;
	if (section->entry_bytes != section_types[section->type].entry_bytes ||
	    section->bytes % section->entry_bytes)
		return DAMAGED(trace, err,
			       "section %s: entries of %u bytes, expected %u",
			       section_types[section->type].name,
			       section->entry_bytes,
			       section_types[section->type].entry_bytes);
	return 0;
}

static void place_section(struct trace *trace,
			  const struct trace_section *section)
{
	const void *data = (const char *)trace->map + section->offset;
	size_t n = section->bytes / section->entry_bytes;

	switch (section->type) {
	case TRACE_META:
		trace->meta = data;
		trace->meta_bytes = n;
		break;
	case TRACE_STRINGS:
		trace->strings = data;
		trace->string_bytes = n;
		break;
	case TRACE_CODE:
		trace->insns = data;
		trace->ninsns = n;
		break;
	case TRACE_REGIONS:
		trace->regions = data;
		trace->nregions = n;
		break;
	case TRACE_FIELDS:
		trace->fields = data;
		trace->nfields = n;
		break;
	case TRACE_VARIANTS:
		trace->variants = data;
		trace->nvariants = n;
		break;
	case TRACE_STEPS:
		trace->steps = data;
		trace->nsteps = n;
		break;
	case TRACE_ACCESSES:
		trace->accesses = data;
		trace->naccesses = n;
		break;
	case TRACE_SYSCALLS:
		trace->syscalls = data;
		trace->nsyscalls = n;
		break;
	case TRACE_WORKING:
		trace->working = data;
		trace->nworking = n;
		break;
	}
}

static int find_sections(struct trace *trace, struct error *err)
{
	const struct trace_header *header = trace->map;
	const struct trace_section *table = (const void *)(header + 1);
	bool seen[TRACE_SECTION_TYPES] = {false};
	uint32_t types = section_types_of(trace), i;

	if (header->nsections * sizeof(*table) > trace->bytes - sizeof(*header))
		return DAMAGED(trace, err, "the section table is cut off");
	for (i = 0; i < header->nsections; i++) {
		if (check_section(trace, &table[i], err))
			return -1;
		if (table[i].type >= types || !table[i].type)
			continue; /* of a later version, not needed here */
		if (seen[table[i].type])
			return DAMAGED(trace, err, "two %s sections",
				       section_types[table[i].type].name);
		seen[table[i].type] = true;
		place_section(trace, &table[i]);
	}
	for (i = TRACE_META; i < types; i++)
		if (!seen[i])
			return DAMAGED(trace, err, "no %s section",
				       section_types[i].name);
	return 0;
}

static int check_all(struct trace *trace, struct error *err)
{
	if (check_header(trace, err) || find_sections(trace, err))
		return -1;
	return trace_check(trace, err);
}

static int map_file(struct trace *trace, int fd, struct error *err)
{
	struct stat status;

	if (fstat(fd, &status))
		return error_set(err, EXIT_USAGE, "%s: cannot read: %s",
				 trace->path, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return error_set(err, EXIT_USAGE,
				 "%s: not a file; name a trace", trace->path);
	if ((uint64_t)status.st_size < sizeof(struct trace_header))
		return error_set(
			err, EXIT_USAGE,
			"%s: truncated: %lld bytes are too few for a trace; record it again",
			trace->path, (long long)status.st_size);
	trace->bytes = (size_t)status.st_size;
	trace->map = mmap(NULL, trace->bytes, PROT_READ, MAP_PRIVATE, fd, 0);
	if (trace->map == MAP_FAILED) {
		trace->map = NULL;
		return error_set(err, EXIT_USAGE, "%s: cannot map: %s",
				 trace->path, strerror(errno));
	}
	return 0;
}

int trace_open(struct trace *trace, const char *path, struct error *err)
{
	int fd, failed;

	*trace = (struct trace){.path = path};
	/* A FIFO without a writer must not block the open. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return error_set(err, EXIT_USAGE, "%s: cannot open: %s", path,
				 strerror(errno));
	failed = map_file(trace, fd, err) || check_all(trace, err);
	close(fd);
	if (failed) {
		trace_close(trace);
		return -1;
	}
	return 0;
}

void trace_close(struct trace *trace)
{
	if (trace->map)
		munmap(trace->map, trace->bytes);
	*trace = (struct trace){0};
}

uint32_t trace_entry_bytes(enum trace_section_type type)
{
	return section_types[type].entry_bytes;
}
