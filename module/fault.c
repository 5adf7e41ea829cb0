// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "fault.h"

#include <linux/kdebug.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <asm/nmi.h>
#include <asm/ptrace.h>
#include <asm/trapnr.h>

#include "arena.h"
#include "hooks.h"

/* The handlers are registered for as long as somebody has the device open. */
static DEFINE_MUTEX(users_lock);
static unsigned int users;

static int armed_cpu = -1;
static struct swc_sequence *const *armed;
static u32 narmed;
static u32 nmis;

/* Traps caught since the last swc_fault_report(): the first, and how many. */
static int first_trap;
static u32 ntraps;

/* The context of the arm whose code holds @ip. */
static struct swc_context *context_at(unsigned long ip)
{
	const struct swc_sequence *s;
	u32 i;

	for (i = 0; i < narmed; i++) {
		s = armed[i];
		if (ip - (unsigned long)s->code < s->code_bytes)
			return swc_sequence_context(s);
	}
	return NULL;
}

static bool is_recoverable(unsigned long event, const struct die_args *args)
{
	if (args->trapnr == X86_TRAP_DF || args->trapnr == X86_TRAP_MC)
		return false;
	return event == DIE_TRAP || event == DIE_GPF || event == DIE_INT3;
}

static int on_die(struct notifier_block *nb, unsigned long event, void *data)
{
	struct die_args *args = data;
	struct pt_regs *regs = args->regs;
	struct swc_context *context;

	swc_hook_die();
	if (!regs || READ_ONCE(armed_cpu) != raw_smp_processor_id() ||
	    user_mode(regs) || !swc_arena_holds(regs->ip) ||
	    !is_recoverable(event, args))
		return NOTIFY_DONE;
	context = context_at(regs->ip);
	if (!context)
		return NOTIFY_DONE;

	/*
	 * The trap is only noted. This runs on the sequence's stack, maybe with all
	 * CPUs standing still: a console's driver could need more stack and more time
	 * than there is.
	 */
	if (!ntraps++)
		first_trap = args->trapnr;
	context->trapped = 1;
	/* As if the code had returned to swc_enter(), which restores the rest. */
	regs->ip = (unsigned long)swc_enter_exit;
	regs->sp = context->host_rsp;
	regs->bp = context->host_rsp + SWC_ENTER_FRAME;
	return NOTIFY_STOP;
}

static struct notifier_block die_block = {
	.notifier_call = on_die,
	.priority = INT_MAX,
};

/* The NMI is only counted: it belongs to somebody else. */
static int on_nmi(unsigned int type, struct pt_regs *regs)
{
	swc_hook_nmi();
	if (READ_ONCE(armed_cpu) == raw_smp_processor_id())
		WRITE_ONCE(nmis, nmis + 1);
	return NMI_DONE;
}

static int register_all(void)
{
	int rc = register_die_notifier(&die_block);

	if (rc)
		return rc;
	rc = register_nmi_handler(NMI_LOCAL, on_nmi, 0, "switchcost");
	if (rc)
		unregister_die_notifier(&die_block);
	return rc;
}

/* No CPU is in a handler any more on return. */
static void unregister_all(void)
{
	unregister_nmi_handler(NMI_LOCAL, "switchcost");
	unregister_die_notifier(&die_block);
}

int swc_fault_get(void)
{
	int rc = mutex_lock_interruptible(&users_lock);

	if (rc)
		return rc;
	if (!users)
		rc = register_all();
	if (!rc)
		users++;
	mutex_unlock(&users_lock);
	return rc;
}

void swc_fault_put(void)
{
	mutex_lock(&users_lock);
	if (!--users)
		unregister_all();
	mutex_unlock(&users_lock);
}

void swc_fault_arm(struct swc_sequence *const *sequences, u32 n)
{
	armed = sequences;
	narmed = n;
	/* The handlers run on this very CPU; order for the compiler suffices. */
	barrier();
	WRITE_ONCE(armed_cpu, raw_smp_processor_id());
}

void swc_fault_disarm(void)
{
	WRITE_ONCE(armed_cpu, -1);
	barrier();
	narmed = 0;
}

void swc_fault_report(void)
{
	if (!ntraps)
		return;
	pr_notice_ratelimited("%s[%d]: trap %d in a sequence, recovered (%u)\n",
			      current->comm, task_pid_nr(current), first_trap,
			      ntraps);
	ntraps = 0;
}

u32 swc_fault_nmis(void)
{
	return READ_ONCE(nmis);
}
