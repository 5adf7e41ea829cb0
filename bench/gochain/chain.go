// SPDX-License-Identifier: GPL-2.0

// Package gochain has chains of dependent additions as assembly functions, for
// Go's testing.B to time. The lengths are those of bench/chains.h.
//
// Each takes a number and returns it, so that a loop can feed every call the
// result of the one before, and no two calls overlap.
package gochain

func chain0(x uint64) uint64
func chain12(x uint64) uint64
func chain16(x uint64) uint64
func chain20(x uint64) uint64
func chain30(x uint64) uint64
func chain40(x uint64) uint64
func chain60(x uint64) uint64
func chain80(x uint64) uint64
func chain100(x uint64) uint64
func chain500(x uint64) uint64
func chain1500(x uint64) uint64
