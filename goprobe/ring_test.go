// SPDX-License-Identifier: GPL-2.0

package main

import (
	"runtime"
	"testing"
	"time"
)

// Items of one producer must arrive once each, in the order they were put.
func TestRingKeepsItems(t *testing.T) {
	const producers, each = 4, 20_000
	var r ring
	var batch [batchItems]int32
	var next [producers]int32

	r.init()
	for p := int32(0); p < producers; p++ {
		go func(p int32) {
			for i := int32(0); i < each; i++ {
				for !r.put(i*producers + p) {
					runtime.Gosched()
				}
			}
		}(p)
	}
	for taken := 0; taken < producers*each; {
		count := r.collect(&batch)
		taken += count
		for _, item := range batch[:count] {
			p := item % producers
			if item/producers != next[p] {
				t.Fatalf("producer %d: item %d instead of %d",
					p, item/producers, next[p])
			}
			next[p]++
		}
	}
}

func TestRingFull(t *testing.T) {
	var r ring
	r.init()
	for i := int32(0); i < ringSlots; i++ {
		if !r.put(i) {
			t.Fatalf("full after %d items", i)
		}
	}
	if r.put(0) {
		t.Fatal("takes more than it has slots for")
	}
}

// Fewer items than a batch must not wait for ever, nor leave at once.
func TestRingPatience(t *testing.T) {
	var r ring
	var batch [batchItems]int32
	r.init()
	for i := int32(0); i < 5; i++ {
		r.put(i)
	}
	start := time.Now()
	if count := r.collect(&batch); count != 5 {
		t.Fatalf("%d items instead of 5", count)
	}
	if waited := time.Since(start); waited < ringPatience {
		t.Fatalf("waited %v only", waited)
	}
}
