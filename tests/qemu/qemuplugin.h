/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_TESTS_QEMUPLUGIN_H
#define SWC_TESTS_QEMUPLUGIN_H

/*
 * QEMU's plugin API, as far as the tests' plugins use it; Debian packages no header for
 * it. Version 1 is QEMU 7.2's (its docs/devel/tcg-plugins.rst), which Debian 12 has. QEMU
 * 9.1 to 10, which Debian 13 has, take version 3. A plugin is built for either.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

#ifndef QEMU_PLUGIN_VERSION
#define QEMU_PLUGIN_VERSION 1
#endif

/* A callback reads registers; version 1 doesn't ask, and has them in memory anyway. */
enum { CB_NO_REGS = 0, CB_READS_REGS = QEMU_PLUGIN_VERSION >= 2 };

/* A callback is for these accesses: loads and stores. */
enum { MEM_RW = 3 };

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info;

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;

void qemu_plugin_register_vcpu_tb_trans_cb(
	qemu_plugin_id_t id,
	void (*cb)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    void (*cb)(unsigned int vcpu,
						       void *userdata),
					    int flags, void *userdata);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
				      void (*cb)(unsigned int vcpu,
						 qemu_plugin_meminfo_t info,
						 uint64_t addr, void *userdata),
				      int flags, int rw, void *userdata);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *
qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
#if QEMU_PLUGIN_VERSION >= 3
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *to,
			     size_t bytes);
#else
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
#endif
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
unsigned int qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t info);
bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t info);
uint64_t qemu_plugin_start_code(void);

/* plugin_insn_bytes() - the first @bytes of an instruction that has so many. */
static inline void plugin_insn_bytes(const struct qemu_plugin_insn *insn,
				     void *to, size_t bytes)
{
#if QEMU_PLUGIN_VERSION >= 3
	qemu_plugin_insn_data(insn, to, bytes);
#else
	memcpy(to, qemu_plugin_insn_data(insn), bytes);
#endif
}

EXPORT extern int qemu_plugin_version;

EXPORT int qemu_plugin_install(qemu_plugin_id_t id,
			       const struct qemu_info *info, int argc,
			       char **argv);

#endif
