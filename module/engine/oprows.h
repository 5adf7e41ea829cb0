/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWC_ENGINE_OPROWS_H
#define SWC_ENGINE_OPROWS_H

#include "freestanding.h"

/* Encoders, readers and steps, to which the rows of optable.c point. */

struct swc_machine;
struct swc_reader;
struct swc_site;

/* Encoders; those in emitstack.c store return addresses or move RSP. */
void swc_emit_aim(const struct swc_site *s);
void swc_emit_align(const struct swc_site *s);
void swc_emit_alu(const struct swc_site *s);
void swc_emit_area(const struct swc_site *s);
void swc_emit_bare(const struct swc_site *s);
void swc_emit_branch(const struct swc_site *s);
void swc_emit_call(const struct swc_site *s);
void swc_emit_chain(const struct swc_site *s);
void swc_emit_div(const struct swc_site *s);
void swc_emit_fence(const struct swc_site *s);
void swc_emit_jump(const struct swc_site *s);
void swc_emit_lea(const struct swc_site *s);
void swc_emit_load(const struct swc_site *s);
void swc_emit_mem(const struct swc_site *s);
void swc_emit_mem_or_zero(const struct swc_site *s);
void swc_emit_nop(const struct swc_site *s);
void swc_emit_nothing(const struct swc_site *s);
void swc_emit_pop(const struct swc_site *s);
void swc_emit_push(const struct swc_site *s);
void swc_emit_restore(const struct swc_site *s);
void swc_emit_rm(const struct swc_site *s);
void swc_emit_rr(const struct swc_site *s);
void swc_emit_save(const struct swc_site *s);
void swc_emit_sp(const struct swc_site *s);
void swc_emit_store(const struct swc_site *s);
void swc_emit_string(const struct swc_site *s);
void swc_emit_switch(const struct swc_site *s);
void swc_emit_test(const struct swc_site *s);
void swc_emit_vector(const struct swc_site *s);
void swc_emit_vget(const struct swc_site *s);
void swc_emit_vload(const struct swc_site *s);
void swc_emit_vput(const struct swc_site *s);
void swc_emit_vstore(const struct swc_site *s);
void swc_emit_vzero(const struct swc_site *s);
void swc_emit_xstate(const struct swc_site *s);
void swc_emit_zero(const struct swc_site *s);

/* Readers, in readop.c and readstack.c: the same instructions, read back. */
void swc_read_aim(struct swc_reader *r);
void swc_read_align(struct swc_reader *r);
void swc_read_alu(struct swc_reader *r);
void swc_read_area(struct swc_reader *r);
void swc_read_bare(struct swc_reader *r);
void swc_read_branch(struct swc_reader *r);
void swc_read_call(struct swc_reader *r);
void swc_read_chain(struct swc_reader *r);
void swc_read_div(struct swc_reader *r);
void swc_read_fence(struct swc_reader *r);
void swc_read_jump(struct swc_reader *r);
void swc_read_lea(struct swc_reader *r);
void swc_read_load(struct swc_reader *r);
void swc_read_mem(struct swc_reader *r);
void swc_read_mem_or_zero(struct swc_reader *r);
void swc_read_nop(struct swc_reader *r);
void swc_read_nothing(struct swc_reader *r);
void swc_read_pop(struct swc_reader *r);
void swc_read_push(struct swc_reader *r);
void swc_read_registers(struct swc_reader *r);
void swc_read_ret(struct swc_reader *r);
void swc_read_rm(struct swc_reader *r);
void swc_read_rr(struct swc_reader *r);
void swc_read_sp(struct swc_reader *r);
void swc_read_store(struct swc_reader *r);
void swc_read_string(struct swc_reader *r);
void swc_read_switch(struct swc_reader *r);
void swc_read_test(struct swc_reader *r);
void swc_read_vector(struct swc_reader *r);
void swc_read_vget(struct swc_reader *r);
void swc_read_vload(struct swc_reader *r);
void swc_read_vput(struct swc_reader *r);
void swc_read_vstore(struct swc_reader *r);
void swc_read_vzero(struct swc_reader *r);
void swc_read_xstate(struct swc_reader *r);
void swc_read_zero(struct swc_reader *r);

/* Steps of the abstract machine, in absmachine.c; plain: as the traits say. */
__u32 swc_step_aim(struct swc_machine *m);
__u32 swc_step_align(struct swc_machine *m);
__u32 swc_step_call(struct swc_machine *m);
__u32 swc_step_div(struct swc_machine *m);
__u32 swc_step_jump(struct swc_machine *m);
__u32 swc_step_plain(struct swc_machine *m);
__u32 swc_step_pop(struct swc_machine *m);
__u32 swc_step_push(struct swc_machine *m);
__u32 swc_step_registers(struct swc_machine *m);
__u32 swc_step_ret(struct swc_machine *m);
__u32 swc_step_sp(struct swc_machine *m);
__u32 swc_step_string(struct swc_machine *m);
__u32 swc_step_switch(struct swc_machine *m);
__u32 swc_step_vzero(struct swc_machine *m);
__u32 swc_step_xrstor(struct swc_machine *m);
__u32 swc_step_xsave(struct swc_machine *m);

#endif
