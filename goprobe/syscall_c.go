// SPDX-License-Identifier: GPL-2.0

package main

// #include <sys/syscall.h>
// #include <unistd.h>
//
// __attribute__((noinline, noclone)) static long getpid_from_c(void)
// {
// 	long pid = syscall(SYS_getpid);
//
// 	__asm__ volatile(""); // no jump in place of the call
// 	return pid;
// }
//
// static void getpid_often(long n)
// {
// 	while (n-- > 0)
// 		getpid_from_c();
// }
import "C"

func init() {
	register(&scenario{
		Name: "syscall-c",
		Summary: "the system call of syscall, made by C: one call out of Go for" +
			" all of them",
		Call:  "one system call, from C to C",
		Begin: []string{"getpid_from_c"},
		loop: func(n int) {
			C.getpid_often(C.long(n))
		},
	})
}
