/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef _UAPI_SWITCHCOST_H
#define _UAPI_SWITCHCOST_H

/*
 * The ABI of /dev/switchcost, whose version is SWC_ABI_VERSION
 * ===========================================================
 *
 * The device replays verified sequences of operations on a pinned CPU, isolated
 * as far as asked for, and returns raw samples. It never accepts machine code: a
 * sequence is an array of struct swc_op, which the module verifies and then turns
 * into code itself.
 *
 *	fd = open("/dev/switchcost", O_RDWR);
 *	ioctl(fd, SWC_IOC_GET_INFO, &info);		what this module can do
 *	ring = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
 *	arm[0] = ioctl(fd, SWC_IOC_LOAD, &control);	a new descriptor each
 *	arm[1] = ioctl(fd, SWC_IOC_LOAD, &sequence);
 *	ioctl(fd, SWC_IOC_RUN, &run);			fills the ring
 *	close(arm[1]); close(arm[0]); close(fd);
 *
 * Rules that hold for every call:
 *
 *  - Structures have fixed-width members and no padding. Reserved members and
 *    unknown flags must be zero, else -EINVAL.
 *  - A number or size that this version doesn't know: -ENOTTY.
 *  - All of the sequence's memory belongs to its descriptor and is given back
 *    when that is closed, also when the process is killed.
 *  - Memory is charged to the caller's memory cgroup. -ENOMEM: there is none, and
 *    nobody is killed for it. -ENOSPC: this open, or all of them, would take more
 *    than they may (the module's parameter memory_mib).
 *  - Whoever uses the device needs CAP_SYS_RAWIO, when it is opened and at each
 *    call, and the kernel mustn't be locked down, else -EPERM. All but GET_INFO
 *    need a descriptor that is open for writing (-EBADF). A CPU has to be one that
 *    the calling thread may run on (-EPERM). Events need CAP_PERFMON besides
 *    (EACCES in @cause), numbers of physical pages CAP_SYS_ADMIN (-EPERM).
 *  - 32-bit programs call as 64-bit ones do.
 *
 * How long a CPU may be kept is bounded three times:
 *
 *  - By a model, from the operations and addresses alone: preparation, warm replays
 *    and the timed one fit into SWC_LONG_WINDOW_MAX_NS, however cold the caches, and
 *    however slow the core, down to a quarter of the TSC's rate. Else -E2BIG.
 *  - By a rehearsal, at the levels that hold the timer off (LVT_MASKED, IRQ_OFF,
 *    QUIESCED): before the first window, all that each arm's samples are made of is
 *    done once with interrupts on and preemption off, and timed. Twice that, with
 *    what isn't rehearsed (a random delay, counters), fits into SWC_WINDOW_MAX_NS,
 *    else -E2BIG, and @rehearsed says how long it took. A window begins its last
 *    sample so early that one which takes twice its rehearsal ends within the limit.
 *    A rehearsal that doesn't fit is repeated, 7 times at most.
 *  - By the clock: after a window that lasted longer than its level's limit the call
 *    ends with -ETIME, and @longest says how long it was. Under a hypervisor, or if an
 *    SMI came, that time may have gone elsewhere: then all is rehearsed again, and if
 *    that fits the call goes on.
 *
 * So on bare metal a sequence that is slower than its rehearsal holds interrupts off for
 * longer than 2 ms once a call at most, and then for 20 ms at most by the model. Steps
 * of ORACLE that aren't replays aren't rehearsed: the model has them fit into 2 ms.
 *
 * The text form of a sequence, and what each operation means to a person, is
 * in docs/sequence.md.
 */

#include <linux/ioctl.h>
#include <linux/types.h>

#define SWC_DEVICE	"/dev/switchcost"
#define SWC_ABI_VERSION 16

/* Registers, numbered as in ModRM. RSP isn't free: see below. */
#define SWC_REG_RAX  0
#define SWC_REG_RCX  1
#define SWC_REG_RDX  2
#define SWC_REG_RBX  3
#define SWC_REG_RSP  4 /* as base: address relative to RSP; as LEA's src */
#define SWC_REG_RBP  5
#define SWC_REG_RSI  6
#define SWC_REG_RDI  7
#define SWC_REG_R15  15
#define SWC_REG_NONE 0xff

/*
 * Operations. Every register and every byte of the regions is 0 when a replay
 * starts, and arithmetic keeps zeros zero. So an address may depend on a
 * register, as it did in the recording, without depending on its value: the
 * verifier accepts a register as address base only where it is proved to hold 0.
 *
 * "mem" stands for region + offset (+ base (+ index)); sizes are bytes.
 */
enum swc_op_kind {
	SWC_OP_NOP = 1,	   /* imm: length, 1 to 9 bytes */
	SWC_OP_MARK = 2,   /* imm: index of a phase name; emits nothing */
	SWC_OP_CHAIN = 3,  /* imm dependent one-cycle additions on dst */
	SWC_OP_IMM = 4,	   /* dst = 0, no dependency */
	SWC_OP_MOV = 5,	   /* dst = src; size 4, 8 */
	SWC_OP_LEA = 6,	   /* dst = src + base; 4, 8; src RSP is worth 0 */
	SWC_OP_ALU = 7,	   /* dst += src, or an immediate; size 4, 8 */
	SWC_OP_MUL = 8,	   /* dst *= src; size 4, 8 */
	SWC_OP_TEST = 9,   /* flags of dst - src, or an immediate; size 4, 8 */
	SWC_OP_LOAD = 10,  /* dst = mem; size 1, 2, 4, 8 */
	SWC_OP_STORE = 11, /* mem = src, or an immediate; 1, 2, 4, 8 */
	SWC_OP_ALULOAD = 12,  /* dst += mem; size 4, 8 */
	SWC_OP_TESTLOAD = 13, /* flags of mem - src, or an immediate */
	SWC_OP_RMW = 14,      /* mem += src, or an immediate; may be locked */
	SWC_OP_CMPXCHG = 15,  /* compare RAX with mem, exchange with src */
	SWC_OP_XADD = 16,     /* exchange dst and mem, add */
	SWC_OP_XCHG = 17,     /* exchange dst and mem, always locked */
	SWC_OP_PUSH = 18,     /* src, or an immediate */
	SWC_OP_POP = 19,      /* dst */
	SWC_OP_CALL = 20,     /* the following ops are the callee's */
	SWC_OP_RET = 21,    /* to the end of the call that pushed its address */
	SWC_OP_BRANCH = 22, /* conditional; taken or not */
	SWC_OP_JUMP = 23,   /* unconditional */
	SWC_OP_SWITCH = 24, /* RSP = region + offset (+ base), or back */
	SWC_OP_SP = 25,	    /* RSP += imm (signed) */
	SWC_OP_SAVE = 26,   /* store the registers of mask imm to mem.. */
	SWC_OP_RESTORE = 27, /* load them again */
	SWC_OP_FXSAVE = 28,
	SWC_OP_FXRSTOR = 29,
	SWC_OP_XSAVE = 30, /* imm: state components, as in XCR0 */
	SWC_OP_XRSTOR = 31,
	SWC_OP_VLOAD = 32,  /* vector register dst = mem; 4, 8, 16, 32, 64 */
	SWC_OP_VSTORE = 33, /* mem = vector register src */
	SWC_OP_VALU = 34,   /* vector dst ^= src; size 16, 32, 64 */
	SWC_OP_LFENCE = 35,
	SWC_OP_MFENCE = 36,
	SWC_OP_SFENCE = 37,
	SWC_OP_PAUSE = 38,
	SWC_OP_CLFLUSH = 39,
	SWC_OP_PREFETCH = 40,
	SWC_OP_INVLPG = 41, /* ring 0 only */
	SWC_OP_TRAP = 42,   /* a planted fault; only if SWC_CAP_TRAP */
	SWC_OP_CMOV = 43,   /* dst = src if the flags are of zero; size 4, 8 */
	SWC_OP_DIV = 44,    /* RAX, RDX = RDX:RAX / not src; size 4, 8 */
	SWC_OP_VMUL = 45,   /* vector dst *= src; size 16, 32, 64 */
	SWC_OP_VGET = 46,   /* dst = low end of vector register src; 4, 8 */
	SWC_OP_VPUT = 47,   /* vector register dst = src; size 4, 8 */
	SWC_OP_VZERO = 48,  /* clear all above the lowest 16 bytes */
	SWC_OP_FILL = 49,   /* imm bytes of mem = RAX, by size 1, 2, 4, 8 */
	SWC_OP_COPY = 50,   /* imm bytes of mem = those at from, by size */
	SWC_OP_AIM = 51,    /* mem = where a RET goes that finds it; dst = 0 */
	SWC_OP_ALIGN = 52,  /* RSP &= -imm; imm: 8 to 128 bytes, a power of 2 */
	SWC_OP_KINDS,
};

/* swc_op.flags */
#define SWC_OPF_LOCK  0x01 /* RMW, CMPXCHG, XADD */
#define SWC_OPF_TAKEN 0x02 /* BRANCH */
#define SWC_OPF_BACK  0x04 /* SWITCH: to where the replay began */
#define SWC_OPF_NT    0x08 /* STORE, VSTORE: non-temporal */
#define SWC_OPF_NEXT  0x10 /* CALL: to the next instruction, never returns */
#define SWC_OPF_DUE   0x20 /* AIM: after the call whose return is due next */
/*
 * CALL, JUMP: by a pointer in memory that no operation can write, of which each such
 * operation has one; its address may depend on base. Direct without SWC_CAP_INDIRECT.
 */
#define SWC_OPF_INDIRECT 0x40
/*
 * LOAD, STORE, ALULOAD, TESTLOAD, RMW, CMPXCHG, XADD, XCHG, VLOAD, VSTORE: the address
 * counts from a segment's base, which isn't 0, as a thread's own variables do. That takes
 * some CPUs a cycle. A plain address without SWC_CAP_SEGMENT.
 */
#define SWC_OPF_SEGMENT 0x80

/*
 * swc_op.code: where the recorded instruction lay, so that its code can lie like that;
 * 0: not known. A page has a number, of 18 bits: pages whose numbers differ by n lie n
 * pages apart, modulo SWC_CODE_SPREAD, where the backend has room. In the page the
 * line alone is known, or the byte.
 */
#define SWC_CODE(page, line) \
	((((__u32)(page) % SWC_CODE_PAGES) + 1) << 13 | ((line) % 64u) << 7)
#define SWC_CODE_AT(page, byte) \
	(SWC_CODE(page, (byte) % 4096u / 64u) | 1u << 6 | (byte) % 64u)
#define SWC_CODE_LINE(code) \
	((code) >> 7) /* a number for each line, 64 a page */
#define SWC_CODE_PAGE(code)  ((code) >> 13) /* likewise: the page's, and 1 */
#define SWC_CODE_EXACT(code) ((code) >> 6 & 1)
#define SWC_CODE_BYTE(code)  (SWC_CODE_LINE(code) % 64u * 64u + (code) % 64u)
#define SWC_CODE_PAGES	     (1u << 18)
#define SWC_CODE_SPREAD	     64u

/* swc_op.from: where a COPY reads. */
#define SWC_FROM(region, offset) ((__u32)(region) << 24 | (__u32)(offset))
#define SWC_FROM_REGION(from)	 ((from) >> 24)
#define SWC_FROM_OFFSET(from)	 ((from) % (1u << 24))

/* Members that an operation doesn't use are 0, registers SWC_REG_NONE. */
struct swc_op {
	__u8 kind; /* enum swc_op_kind */
	__u8 size;
	__u8 flags; /* SWC_OPF_* */
	__u8 dst;
	__u8 src;
	__u8 base;
	__u8 index; /* a second register of the address, besides base */
	__u8 region;
	__u32 offset;
	__u32 imm;
	__u32 code; /* SWC_CODE() */
	__u32 from; /* SWC_FROM() */
};

/* A block of 4 KiB pages that operations address as region + offset. */
struct swc_region {
	__u32 pages;
	__u32 reserved;
};

#define SWC_NO_REGION 0xffffffffu

/*
 * Isolation levels, from nothing to a machine that stands still. Samples are
 * taken in windows; between windows everything is served that waits.
 *
 * NONE: a window for each sample with its warm replays and its preparation.
 *	Inside, preemption is off nevertheless, since no other task may run while
 *	RSP is on a sequence's stack. Interrupts are on.
 * PREEMPT_OFF: windows of many samples, with preemption off. Interrupts are on,
 *	what they leave to be done in softirqs waits for the window's end.
 * LVT_MASKED: as PREEMPT_OFF, and the local APIC's own interrupts masked: timer,
 *	thermal, LINT0. A timer that expires is served at the window's end. Entries
 *	that deliver NMIs (perf, LINT1) stay as they are, as an NMI held off is lost
 *	for ever, and so do those of hardware errors (CMCI, AMD's extended ones), which
 *	are counted as interrupts. -EOPNOTSUPP while the kernel's tick is periodic, as
 *	ticks that coincide would be lost.
 * IRQ_OFF: windows with interrupts off.
 * QUIESCED: windows in stop_machine(): all other CPUs wait with interrupts off.
 *
 * NMIs and SMIs come at every level.
 */
enum swc_isolation {
	SWC_ISOLATION_NONE = 0,
	SWC_ISOLATION_PREEMPT_OFF = 1,
	SWC_ISOLATION_LVT_MASKED = 2,
	SWC_ISOLATION_IRQ_OFF = 3,
	SWC_ISOLATION_QUIESCED = 4,
};

#define SWC_CAP_ISOLATION(level) (1ull << (level))
#define SWC_CAP_TRAP		 (1ull << 16) /* a module for tests only */
#define SWC_CAP_APERF		 (1ull << 17) /* swc_run.aperf is filled */
#define SWC_CAP_SMI_COUNT	 (1ull << 18) /* swc_run.smis is filled */
#define SWC_CAP_TLB_ORACLE	 (1ull << 20) /* there is SWC_IOC_ORACLE */
#define SWC_CAP_TRIALS		 (1ull << 21) /* there is SWC_IOC_TRIALS */
/*
 * Each page of emitted code is mapped by an entry of its own, which is nobody
 * else's: ORACLE knows its walks, and SWC_STATE_COLD_ITLB is possible. Kernels
 * whose modules share large pages for their text don't have this.
 */
#define SWC_CAP_CODE_PAGES (1ull << 22)
/*
 * SWC_OPF_INDIRECT counts. A kernel that has no indirect branches of its own, since
 * they could be led astray from user space (Spectre v2), gets none from us.
 */
#define SWC_CAP_INDIRECT (1ull << 23)
/*
 * SWC_OPF_SEGMENT counts. That takes a kernel that has RDFSBASE and WRFSBASE enabled, so
 * that it knows what FS's base was when it interrupts us.
 */
#define SWC_CAP_SEGMENT (1ull << 24)

struct swc_info {
	__u32 abi_version;
	__u32 max_ops;
	__u32 max_regions;
	__u32 max_pages; /* of all regions of one sequence */
	__u32 max_arms;
	__u32 max_samples; /* that the ring may hold */
	__u32 code_bytes;  /* of all loaded sequences */
	__u32 window_default_ns;
	__u32 window_max_ns;
	__u32 tsc_khz;	    /* ticks of the TSC in a ms */
	__u64 capabilities; /* SWC_CAP_* */
	__u64 xstate_mask;  /* components that XSAVE may name */
	__u64 reserved[6];
};

/* Limits of the engine, the same in every backend. */
#define SWC_MAX_OPS	 262144u
#define SWC_MAX_REGIONS	 256u
#define SWC_MAX_PAGES	 4608u
#define SWC_MAX_ARMS	 64u
#define SWC_MAX_SAMPLES	 4194304u
#define SWC_MAX_PEDESTAL 1000u
#define SWC_MAX_INDIRECT 504u /* calls and jumps with SWC_OPF_INDIRECT */

#define SWC_MAX_ALIGNMENT 128u /* bytes: ALIGN of RSP */

/*
 * Upper bound of one replay, in cycles, by the model of module/engine/bound.h: even on
 * a core at a quarter of its rate that is 20 ms of a TSC of 4 GHz.
 */
#define SWC_MAX_CYCLES 20000000u

/* Fences, time stamps and pedestal around a replay: upper bound, core cycles. */
#define SWC_FRAME_CYCLES 3000u

/*
 * Exception frames, and those of their handlers, land below a replayed stack pointer,
 * so every region used as a stack has so many pages below it. The lowest is a guard:
 * in ring 0 it can't be written to. The others are as much as the kernel gives a task
 * for a whole stack (8 pages with KASAN, else 4), on which it has to get along with
 * an exception at any depth: the module checks that when it is compiled.
 */
#define SWC_STACK_GUARD_PAGES	 1u
#define SWC_STACK_HEADROOM_PAGES (8u + SWC_STACK_GUARD_PAGES)

#define SWC_WINDOW_DEFAULT_NS 200000u
#define SWC_WINDOW_MAX_NS     2000000u

/*
 * Longest window at the levels that leave the timer's interrupt on, NONE and
 * PREEMPT_OFF: nobody else runs on the CPU meanwhile, but time goes on. At all others
 * the limit is SWC_WINDOW_MAX_NS, and this is the model's.
 */
#define SWC_LONG_WINDOW_MAX_NS 20000000u

/* Why a sequence was refused; struct swc_load.error. */
enum swc_error_code {
	SWC_OK = 0,
	SWC_ERR_EMPTY = 1,
	SWC_ERR_TOO_LONG = 2,
	SWC_ERR_KIND = 3,
	SWC_ERR_OPERAND = 4, /* a member the operation doesn't use is set */
	SWC_ERR_REGISTER = 5,
	SWC_ERR_SIZE = 6,
	SWC_ERR_FLAGS = 7,
	SWC_ERR_IMMEDIATE = 8,
	SWC_ERR_RESERVED = 9,
	SWC_ERR_REGION = 10, /* no such region */
	SWC_ERR_BOUNDS = 11, /* outside its region */
	SWC_ERR_ALIGNMENT = 12,
	SWC_ERR_PAGES = 13,	  /* too many, or none */
	SWC_ERR_BASE = 14,	  /* address base isn't proved to be 0 */
	SWC_ERR_NO_STACK = 15,	  /* stack op while on the host's stack */
	SWC_ERR_STACK = 16,	  /* RSP would leave its region */
	SWC_ERR_RETURN = 17,	  /* no call's return address at RSP */
	SWC_ERR_END = 18,	  /* doesn't end on the stack it began on */
	SWC_ERR_XSTATE = 19,	  /* restore of what no save has written */
	SWC_ERR_UNSUPPORTED = 20, /* this CPU lacks it */
	SWC_ERR_PRIVILEGED = 21,  /* ring 0 only */
	SWC_ERR_TIME = 22,	  /* may exceed SWC_MAX_CYCLES */
	SWC_ERR_UNSTABLE = 23,	  /* memory never settles over replays */
	SWC_ERR_NO_SPACE = 24,	  /* code or region memory is used up */
	SWC_ERR_STATE = 25,	  /* contradicts itself, or isn't possible */
	SWC_ERR_DIVIDE = 26,	  /* RDX or the source isn't proved to be 0 */
	SWC_ERR_CODE_PAGES = 27,  /* SWC_CAP_CODE_PAGES is needed */
	SWC_ERR_BYTES = 28,	  /* the module emitted something else */
	SWC_ERR_INDIRECT = 29,	  /* more than SWC_MAX_INDIRECT */
	SWC_ERR_CODES,
};

/* A set of regions; bit n of word n / 64: region n. */
struct swc_region_set {
	__u64 bits[SWC_MAX_REGIONS / 64];
};

/* swc_state.flags: the emitted code itself. */
#define SWC_STATE_COLD_CODE 0x1 /* its lines are in no cache */
#define SWC_STATE_COLD_ITLB 0x2 /* its pages have no translation cached */
/*
 * All data is brought back at the end: only the side effects of making it cold
 * are left, on branch predictors for instance.
 */
#define SWC_STATE_RESTORED 0x4
/* Behind all else, @touches are made again. Ring 3 only: SWC_ERR_STATE in ring 0. */
#define SWC_STATE_RECORDED 0x8
#define SWC_STATE_FLAGS	   0xf /* all that are known */

/*
 * A line that the program touched before the call. Those in no region of the sequence
 * lie in memory of their own, whose pages have the distances that the recorded ones
 * had, long gaps aside; and so have page tables.
 */
struct swc_touch {
	__u32 page;   /* of its region, of that memory, or as in SWC_CODE() */
	__u16 region; /* SWC_TOUCH_NO_REGION: in none */
	__u8 line;    /* of the page, 0 to 63 */
	__u8 flags;   /* SWC_TOUCH_* */
};

#define SWC_TOUCH_NO_REGION 0xffffu
#define SWC_TOUCH_OWN_CODE  0xfffeu /* a line of the sequence's code */
#define SWC_TOUCH_CODE	    0x1	    /* fetched, or else loaded */
#define SWC_TOUCH_ZERO	    0x2 /* never written: the kernel's page of zeros */

/*
 * A state is prepared before each timed replay; nothing set: warm. A state of
 * data concerns the lines and pages that the sequence touches in the regions
 * named, and only those: all others that it touches are brought back. A region
 * is in at most one of @l1d, @l2 and @memory.
 */
struct swc_state {
	struct swc_region_set l1d;    /* not in L1d, but in L2 */
	struct swc_region_set l2;     /* neither in L1d nor in L2 */
	struct swc_region_set memory; /* in no cache */
	struct swc_region_set dtlb;   /* pages have no translation cached */
	__u32 flags;		      /* SWC_STATE_* */
	__u32 ntouches;
	__u32 l1d_bytes; /* reading so many adjoining bytes empties L1d */
	__u32 l2_bytes;	 /* likewise L2 */
	/*
	 * L2's geometry, or 0. In ring 0, which knows physical addresses,
	 * reading twice as many lines as there are ways replaces @l2_bytes; a
	 * whole sweep takes longer than a window may.
	 */
	__u32 l2_ways;
	__u32 l2_way_bytes; /* sets times the size of a line */
	__u64 touches; /* pointer to struct swc_touch[ntouches], oldest first */
};

#define SWC_MAX_SWEEP_BYTES  (64u << 20)
#define SWC_MAX_L2_WAYS	     64u
#define SWC_MAX_L2_WAY_BYTES (1u << 20)

/* swc_load.flags */
/*
 * The sequence may end on any stack and with calls open, as the first part of
 * another does. The clock stops right after its last operation.
 */
#define SWC_LOAD_OPEN_END 0x1
#define SWC_LOAD_FLAGS	  SWC_LOAD_OPEN_END /* all that are known */

struct swc_load {
	__u64 ops;     /* in: pointer to struct swc_op[nops] */
	__u64 regions; /* in: pointer to struct swc_region[nregions] */
	__u32 nops;
	__u32 nregions;
	__u32 entry_region; /* in: where RSP starts; SWC_NO_REGION: stays */
	__u32 entry_offset;
	__u32 pedestal;	  /* in: additions timed together with the sequence */
	__u32 flags;	  /* in: SWC_LOAD_* */
	__u32 error;	  /* out: enum swc_error_code */
	__u32 error_op;	  /* out: index of the refused operation */
	__u32 code_bytes; /* out: emitted */
	__u32 reserved0;
	__u64 state; /* in: pointer to struct swc_state; 0: warm */
	__u64 reserved[3];
};

/* struct swc_sample.flags: what hit this sample, so that it must be dropped. */
#define SWC_SAMPLE_NMI	     0x01
#define SWC_SAMPLE_MIGRATED  0x02
#define SWC_SAMPLE_SWITCHED  0x04 /* another task ran, or a signal came */
#define SWC_SAMPLE_INTERRUPT 0x08
#define SWC_SAMPLE_DROP	     0x0f

/*
 * One of these happened near it, some time in the same burst of samples: it
 * explains the sample if that is an outlier.
 */
#define SWC_SAMPLE_NEAR_SMI    0x10
#define SWC_SAMPLE_NEAR_FAULT  0x20
#define SWC_SAMPLE_NEAR_STEAL  0x40 /* the hypervisor ran somebody else */
#define SWC_SAMPLE_NEAR_SWITCH 0x80

struct swc_sample {
	__u32 ticks; /* of the TSC; 0xffffffff: that many or more */
	__u16 arm;
	__u16 flags; /* SWC_SAMPLE_* */
};

/*
 * The ring of samples, mapped once for each open of the device: at offset 0, this
 * page, and after it as many samples as fit into the rest of the mapping. Sample
 * number n is at place n modulo their number. Both indices only grow, except by
 * SWC_RUN_REWIND.
 *
 * The reader loads @head (acquire), reads the samples from @tail up to it, and
 * stores the new @tail (release). That may happen while a RUN goes on, which
 * stores @head after each window. A nonsensical @tail means that there is no
 * room. The kernel never reads @head or samples back.
 */
struct swc_ring {
	__u64 head; /* samples produced; the kernel's to write */
	__u64 reserved0[7];
	__u64 tail; /* samples consumed; the reader's to write */
	__u64 reserved1[7];
};

#define SWC_RING_SAMPLES_OFFSET 4096u

#define SWC_MAX_EVENTS 8u

/*
 * An event of a PMU, as in struct perf_event_attr. It is counted in ring 0, where
 * replays run, and only between the two readings beside a replay, so there is
 * nothing to exclude. Only events that a counter counts are accepted, whatever
 * PMU that is of. Events that software counts as they happen are refused:
 * software events, tracepoints, breakpoints, kprobes, uprobes, and traces.
 */
struct swc_event {
	__u32 type;
	__u32 reserved0;
	__u64 config;
	__u64 config1;
	__u64 config2;
};

/* Why an event can't be counted; struct swc_counting.error. */
enum swc_event_error {
	SWC_EVENT_OK = 0,
	SWC_EVENT_ERR_TYPE = 1,	       /* no counter counts it, but software */
	SWC_EVENT_ERR_CREATE = 2,      /* the kernel refuses it; see @cause */
	SWC_EVENT_ERR_INACTIVE = 3,    /* it got no counter on this CPU */
	SWC_EVENT_ERR_LOST = 4,	       /* its counter was taken away */
	SWC_EVENT_ERR_MULTIPLEXED = 5, /* it had one for part of the time */
	SWC_EVENT_ERRORS,
};

/*
 * Events to be counted in a RUN. The counters are opened for the RUN alone, pinned
 * on its CPU, and read with interrupts off directly before and directly after each
 * timed replay. The readings disturb what is timed. Samples with a flag of
 * SWC_SAMPLE_DROP aren't counted. If an event can't be counted, RUN returns
 * -ENODATA, and @error and @error_event say why and which.
 */
struct swc_counting {
	__u64 events;  /* in: pointer to struct swc_event[nevents] */
	__u64 counts;  /* in: pointer to __u64[narms][nevents], filled: sums */
	__u64 samples; /* in: pointer to __u64[narms], filled: of so many */
	__u32 nevents; /* in: 1 to SWC_MAX_EVENTS */
	__u32 error;   /* out: enum swc_event_error */
	__u32 error_event; /* out: index of the refused event */
	__u32 cause;	   /* out: errno, with SWC_EVENT_ERR_CREATE */
	__u64 reserved[2];
};

/* swc_run.flags */
#define SWC_RUN_REWIND 0x1 /* forget the ring's content: head = tail = 0 */

/*
 * RUN returns 0 when all samples asked for are taken, or when the ring is full: then
 * @produced is less than @samples; consume, and call again with another seed.
 * -ENOBUFS: nothing is mapped, or there is no room at all. -E2BIG: a sample doesn't
 * fit into a window; with @rehearsed 0 it was refused by the model. -ETIME: a window
 * lasted too long. After an error, too, the members that go out report what was done
 * until then, and the samples up to head are valid.
 */
struct swc_run {
	__u64 arms; /* in: pointer to __s32[narms], descriptors of LOAD */
	__u32 narms;
	__u32 cpu;
	__u32 isolation; /* in: enum swc_isolation */
	__u32 samples;	 /* in: how many */
	__u64 seed;	 /* in: of the order of arms and of the delays */
	__u32 window_ns; /* in: a window takes no sample after it; 0: default */
	__u32 warm;	 /* in: untimed replays before each sample */
	__u32 delay_max; /* in: random delay before a sample, loop iterations */
	__u32 flags;	 /* in: SWC_RUN_* */
	__u32 produced;	 /* out */
	__u32 windows;	 /* out */
	__u32 nmis;	 /* out: that hit a window */
	__u32 traps;	 /* out: faults inside a sequence, recovered */
	__u64 replays;	 /* out: timed and untimed */
	__u64 aperf;	 /* out: core clocks while windows were open */
	__u64 tsc;	 /* out: TSC ticks in the same time */
	__u64 longest;	 /* out: TSC ticks that the longest window lasted */
	__u32 interrupts; /* out: that hit a window */
	__u32 smis;	  /* out: that hit a window */
	__u64 counting;	  /* in: pointer to struct swc_counting; 0: no events */
	__u64 rehearsed;  /* out: TSC ticks that the longest rehearsal took */
	__u64 reserved[1];
};

/*
 * The oracle finds out hit or miss of the TLB, translation by translation, without
 * timing and without counters. It has pages of its own, numbered from 0, each of
 * which may be mapped to either of two frames of different content. The entry of
 * the page table always names the frame that the TLB doesn't: so the value that a
 * touch of the page reads shows whether its translation was still cached.
 *
 * A script says what happens, step by step, in one window: which pages are
 * touched, whose translations are invalidated, and when the sequence is replayed.
 * Three questions, asked by scripts:
 *
 *	touch 0..n, touch 0..n			what is resident after priming?
 *	touch 0..n, touch 0..n, replay, touch 0..n	what does the replay evict?
 *	the pages of a sequence's own accesses, in order: which of them miss?
 *
 * A touch is a load of one byte, of the same line on all pages, which is brought
 * into the cache before by another address: its ticks are of the translation.
 */
enum swc_oracle_kind {
	SWC_ORACLE_TOUCH = 1,	   /* load from @page; the verdict */
	SWC_ORACLE_INVALIDATE = 2, /* INVLPG of @page */
	SWC_ORACLE_REPLAY = 3,	   /* prepare, and replay; @page 0 */
};

enum swc_oracle_verdict {
	SWC_ORACLE_NONE = 0, /* not a touch, or a page's first without INVLPG */
	SWC_ORACLE_MISS = 1,
	SWC_ORACLE_HIT = 2,
};

struct swc_oracle_step {
	__u16 page;
	__u8 kind;    /* enum swc_oracle_kind */
	__u8 verdict; /* out: enum swc_oracle_verdict */
	__u32 ticks;  /* out, of a touch: of the TSC; 0xffffffff: or more */
};

/*
 * Controls, on pages of the oracle's own, before and after each script. If one
 * fails, as when the hypervisor keeps page tables of its own, there is no
 * verdict: -EOPNOTSUPP, and @control says which.
 */
enum swc_oracle_control {
	SWC_ORACLE_HOLDS = 0, /* all held, or none was tried */
	SWC_ORACLE_FRESH = 1, /* touched after INVLPG: must read what is new */
	SWC_ORACLE_STALE = 2, /* just touched: must read what was before */
	SWC_ORACLE_SET = 3,   /* a walk sets the Accessed bit */
	SWC_ORACLE_CLEAR = 4, /* a touch that hits doesn't */
	SWC_ORACLE_MAPPING = 5, /* a page isn't mapped by an entry of its own */
	SWC_ORACLE_CONTROLS,
};

/*
 * swc_oracle.walks, a byte for each page that the sequence uses: has the CPU walked
 * the page table for it during the last replay? The Accessed bit shows it, cleared
 * before without a flush: the CPU caches a translation only with the bit set (Intel
 * SDM vol. 3A, 4.10.2.3). It may also walk ahead of need.
 *
 * First the pages of the sequence's memory: one of the engine's own, then the
 * regions in order, each stack with SWC_STACK_HEADROOM_PAGES below it. Then those
 * of its code, of which nothing is known without SWC_CAP_CODE_PAGES.
 */
enum swc_oracle_walk {
	SWC_ORACLE_NOT_WALKED = 0,
	SWC_ORACLE_WALKED = 1,
	SWC_ORACLE_WALK_UNKNOWN = 2,
};

/*
 * ORACLE returns 0 with verdicts in @steps and walks in @walks. -EINVAL: a
 * reserved member, a limit, a kind, a page that isn't there, another isolation;
 * -EBADF: @sequence is none, and is needed; -ENOSPC: @nwalks is too small, and
 * now what is needed; -E2BIG: may exceed SWC_WINDOW_MAX_NS; -ETIME: did so; -EOPNOTSUPP: a control
 * failed; -ENODEV: CPU not online; -EIO: the sequence trapped; -EINTR, -EFAULT,
 * -ENOMEM.
 */
struct swc_oracle {
	__u64 steps;	 /* in: pointer to struct swc_oracle_step[nsteps] */
	__u64 walks;	 /* in: pointer to __u8[nwalks], or 0 */
	__u32 nsteps;	 /* in: 1 to SWC_ORACLE_MAX_STEPS */
	__u32 npages;	 /* in: 0 to SWC_ORACLE_MAX_PAGES */
	__u32 nwalks;	 /* in: room; out: pages that the sequence uses */
	__s32 sequence;	 /* in: descriptor of LOAD; -1: none */
	__u32 cpu;	 /* in */
	__u32 isolation; /* in: SWC_ISOLATION_IRQ_OFF or _QUIESCED */
	__u32 control;	 /* out: enum swc_oracle_control: which failed */
	__u32 nmis;	 /* out: that hit the window */
	__u32 smis;	 /* out: likewise */
	__u32 flags;	 /* in: 0 */
	__u64 ticks;	 /* out: that the window lasted */
	__u64 rehearsed; /* out: that the rehearsal of the replay took */
	__u64 reserved[2];
};

#define SWC_ORACLE_MAX_STEPS 16384u
#define SWC_ORACLE_MAX_PAGES 6144u

/*
 * Trials find out by time what a sequence evicts: victims are brought into a cache
 * or TLB, an arm, drawn at random by weight, is prepared and replayed, and some
 * victims are loaded, timed. The loop is that of module/engine/trial.h.
 *
 * Victims lie in pages of their own, either each with a frame of its own, where
 * lines are tested, or all with one, where translations are.
 */

/* Done to a victim right before its load, to make a reference. */
enum swc_trial_last {
	SWC_TRIAL_LAST_NOTHING = 0, /* none: the arm is a sequence */
	SWC_TRIAL_LAST_TOUCH = 1,   /* a hit */
	SWC_TRIAL_LAST_FLUSH = 2,   /* a load from memory */
	SWC_TRIAL_LAST_INVLPG = 3,  /* a page walk */
	SWC_TRIAL_LASTS,
};

struct swc_trial_source {
	__s32 sequence;	   /* descriptor of LOAD; its state is prepared */
	__u32 last;	   /* enum swc_trial_last */
	__u32 weight;	   /* 1 to SWC_TRIAL_MAX_WEIGHT */
	__u32 sweep_lines; /* then so many lines are read, which adjoin */
	__u32 sweep_pages; /* then a line on so many pages, of one frame */
	__u32 reserved0;
};

/* Offsets of bytes in the victims' pages. */
struct swc_trial_victim {
	__u32 offset;
	/*
	 * Right before the load, one of the lines of the page that begins here is
	 * touched, or, with SWC_TRIALS_ONE_FRAME, this byte in one of the
	 * SWC_TRIAL_PARTNER_PAGES pages from here on: drawn each time.
	 */
	__u32 partner;
};

#define SWC_TRIAL_PARTNER_PAGES 8u

/*
 * One timed load, 20 bytes. On a core whose other thread is busy, @hit is slow, and
 * so is what follows, for some microseconds: @ticks then means nothing.
 */
struct swc_trial_sample {
	__u32 ticks;  /* of the TSC */
	__u32 victim; /* index of what was loaded */
	__u16 arm;    /* index of which arm had been replayed */
	__u16 flags;  /* SWC_SAMPLE_* */
	__u32 hit; /* ticks of a load of what is cached anyway, right before */
	__u16 length; /* of the pedestal, as swc_probe() has it */
	__u16 place; /* 0 for the first load of its trial, 1 for the second, ... */
};

/* swc_trials.flags */
#define SWC_TRIALS_ONE_FRAME 0x1 /* all of the victims' pages map to it */
#define SWC_TRIALS_CHASE     0x2 /* primed from pointer to pointer in them */

/*
 * TRIALS returns 0 when there is no room for another trial's samples, or at the time
 * limit. After an error the members that go out report what was done, and the samples
 * are lost. -EINVAL: a reserved member, a flag, a limit; -EBADF: an arm isn't a
 * sequence; -E2BIG: a trial doesn't fit into a window; -ETIME: a window lasted too
 * long; -EIO: a sequence trapped; and as RUN.
 *
 * Victims are loaded in the order in which they are listed, and primed in that order,
 * too, unless @order has another: what replacement does to one depends on when it was
 * primed, and a prefetcher must not foresee what is loaded.
 */
struct swc_trials {
	__u64 sources;	 /* in: pointer to struct swc_trial_source[narms] */
	__u64 victims;	 /* in: pointer to struct swc_trial_victim[nvictims] */
	__u64 samples;	 /* in: pointer to struct swc_trial_sample[capacity] */
	__u64 frames;	 /* in: pointer to __u64[npages], filled: numbers of the
			  * victims' physical pages; 0: not wanted
			  */
	__u64 seed;	 /* in: of all that is drawn */
	__u32 narms;	 /* in: 1 to SWC_MAX_TRIAL_ARMS */
	__u32 nvictims;	 /* in: @probes to SWC_TRIAL_MAX_VICTIMS */
	__u32 npages;	 /* in: 1 to SWC_TRIAL_MAX_PAGES */
	__u32 capacity;	 /* in: @probes to SWC_TRIAL_MAX_SAMPLES */
	__u32 cpu;	 /* in */
	__u32 isolation; /* in: enum swc_isolation */
	__u32 window_ns; /* in: a window begins no trial after it; 0: default */
	__u32 limit_ms;	 /* in: all but one trial end within it; 0: none */
	__u32 warm;	 /* in: untimed replays before the priming */
	__u32 passes;	 /* in: of it, 1 to SWC_TRIAL_MAX_PASSES */
	__u32 probes;	 /* in: loads in a trial, 1 to SWC_MAX_PROBES */
	__u32 delay_max; /* in: random delay before a load, loop iterations */
	__u32 flags;	 /* in: SWC_TRIALS_* */
	__u32 produced;	 /* out: samples */
	__u32 windows;	 /* out */
	__u32 nmis;	 /* out: that hit a window */
	__u32 interrupts; /* out: likewise */
	__u32 smis;	  /* out: likewise */
	__u64 trials;	  /* out */
	__u64 replays;	  /* out */
	__u64 longest;	  /* out: TSC ticks that the longest window lasted */
	/* in: pointer to __u32[nvictims], which victim is primed when; 0: in order */
	__u64 order;
	__u64 rehearsed; /* out: TSC ticks that the longest rehearsal took */
	__u64 reserved[1];
};

#define SWC_MAX_TRIAL_ARMS    16u
#define SWC_MAX_PROBES	      64u
#define SWC_TRIAL_MAX_VICTIMS 32768u
#define SWC_TRIAL_MAX_PAGES   8192u
#define SWC_TRIAL_MAX_SAMPLES 1048576u
#define SWC_TRIAL_MAX_PASSES  16u
#define SWC_TRIAL_MAX_WEIGHT  1000u

#define SWC_IOC_GET_INFO _IOR('s', 0xC0, struct swc_info)
#define SWC_IOC_LOAD	 _IOWR('s', 0xC1, struct swc_load)
#define SWC_IOC_RUN	 _IOWR('s', 0xC2, struct swc_run)
#define SWC_IOC_ORACLE	 _IOWR('s', 0xC3, struct swc_oracle)
#define SWC_IOC_TRIALS	 _IOWR('s', 0xC4, struct swc_trials)

#endif
