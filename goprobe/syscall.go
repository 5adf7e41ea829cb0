// SPDX-License-Identifier: GPL-2.0

package main

import "syscall"

func init() {
	register(&scenario{
		Name: "syscall",
		Summary: "instead of cgo: syscall.Syscall of getpid, which enters and" +
			" leaves the scheduler alike, but stays on its stack",
		Begin: []string{"main.callGetpid"},
		loop: func(n int) {
			for i := 0; i < n; i++ {
				callGetpid()
			}
		},
	})
}

//go:noinline
func callGetpid() uintptr {
	pid, _, _ := syscall.Syscall(syscall.SYS_GETPID, 0, 0, 0)
	return pid
}
