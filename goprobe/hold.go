// SPDX-License-Identifier: GPL-2.0

package main

// #include "probe.h"
import "C"

import (
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// A C function whose P shall be taken away blocks for so long. Go's monitor
// looks every 20 us to 10 ms and takes a P that it saw in the same call twice.
// While a call is recorded, the monitor must be allowed to run first.
const (
	liveHold     = 2 * time.Millisecond
	recordedHold = 60 * time.Millisecond
)

var heldFor C.int64_t

// hold blocks in C for that long.
func hold() {
	if benching {
		C.probe_hold(C.int64_t(liveHold), &heldFor)
	} else {
		C.probe_hold(C.int64_t(recordedHold), nil)
	}
}

// waitAtGate blocks in C until a goroutine opens the gate.
func waitAtGate() {
	if benching {
		C.probe_gate_wait(&heldFor)
	} else {
		C.probe_gate_wait(nil)
	}
}

// heldTime returns for how long C blocked.
func heldTime() time.Duration {
	return time.Duration(heldFor)
}

// openGates keeps its P busy for ever, and opens the gate whenever it finds it
// closed, without giving its P away for that.
func openGates() {
	const futexWakePrivate = 129
	gate := (*uint32)(unsafe.Pointer(&C.probe_gate))
	for {
		if atomic.LoadUint32(gate) == C.PROBE_GATE_CLOSED {
			atomic.StoreUint32(gate, C.PROBE_GATE_OPEN)
			syscall.RawSyscall(syscall.SYS_FUTEX,
				uintptr(unsafe.Pointer(gate)), futexWakePrivate, 1)
		}
	}
}
