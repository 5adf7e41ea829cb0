# SPDX-License-Identifier: GPL-2.0
#
#   make        build everything into build/
#   make run    install what is missing, build, record, replay, print the table, and
#               write results/latest/report.html
#   make report  fill all of that page, in a quarter of an hour
#   make test   install what is missing, build, run all tests
#   make test-debug  run the VM's tests on a kernel that watches itself, which is built first
#   make mutants  change the engine by chance, N=500 times, and list what no test notices
#   make prove  prove the verifier's operators from their C, by CBMC
#   make install PREFIX=/usr/local DESTDIR=  what is built, manual pages, completions
#   make deb    Debian packages of it, and of the module's source for DKMS
#   make fuzz   feed parsers and verifier with what libFuzzer thinks of, T=60 seconds each
#
# V=1 shows the commands. KDIR= builds the module for another kernel, for
# example KDIR=/lib/modules/$(uname -r)/build for the running one.

BUILD := build
KDIR ?= $(CURDIR)/$(BUILD)/vm/headers
CC := gcc
GO ?= go
CLANG ?= clang
# Debian's is where the path of a user doesn't lead.
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))

# What the library is made of, besides the engine: the later use the earlier. Each
# finds the headers of those before it, and no others; a study finds no other study's.
tools := $(addprefix lib/,base machine run trace sequence lower replay measure live result) \
	record model process
studies := $(patsubst userspace/%/,%,$(sort $(wildcard userspace/study/*/)))
parts := $(tools) $(studies) report

finds = $(eval $(BUILD)/obj/userspace/$(1)/%.o: includes := $(addprefix -Iuserspace/,$(2)))
includes := $(addprefix -Iuserspace/,$(parts))
$(foreach part,$(tools),$(eval before += $(part)) $(call finds,$(part),$(before)))
$(foreach part,$(studies),$(call finds,$(part),$(tools) $(part)))
$(call finds,report,$(parts))

CPPFLAGS = -D_GNU_SOURCE $(includes) -Imodule -I$(BUILD)
CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -Wmissing-prototypes \
	-fno-omit-frame-pointer
# Only what a program uses: the guest's test programs then need libc alone.
LDLIBS := -Wl,--as-needed -lZydis -lbpf -ldw -lelf -lpfm -ljansson -lyaml \
	-lgsl -lgslcblas -liberty -lm

engine := $(wildcard module/engine/*.c) module/engine/enter.S
sources := $(filter-out %.bpf.c,$(wildcard $(patsubst %,userspace/%/*.c,$(parts))))
cli := $(wildcard userspace/cli/*.c)
unit := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
helpers := $(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c))
vmtests := $(patsubst tests/vm/%.c,%,$(wildcard tests/vm/*.c))

object = $(addprefix $(BUILD)/obj/,$(addsuffix .o,$(basename $(1))))
library := $(BUILD)/libswitchcost.a
module_sources := $(wildcard Kbuild module/*.[chS] module/*/*.[chS])

.PHONY: all run report test setup userspace view module goprobe vm bench lint clean
.DELETE_ON_ERROR:

# The module comes first: its headers are waited for while all else is compiled.
all: module userspace goprobe vm

setup:
	$(Q)scripts/setup

# A build before a run has all CPUs, unless -j says how many.
build_all = +$(Q)$(MAKE) --no-print-directory \
	$(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc)) all

run: setup
	$(build_all)
	$(Q)scripts/run

report: setup
	$(build_all)
	$(Q)scripts/report

test:
	$(Q)scripts/setup --tests
	$(build_all) tests
	$(Q)scripts/test

userspace: $(BUILD)/switchcost view $(BUILD)/claims/cgo.claims $(BUILD)/share

# The catalogue lies beside the command that judges it.
$(BUILD)/claims/cgo.claims: claims/cgo.claims
	$(Q)mkdir -p $(@D)
	$(Q)cp $< $@

# Manual pages, completions of shells and schemas of results, by the programs themselves.
$(BUILD)/share: $(BUILD)/switchcost $(BUILD)/switchcost-view scripts/manual scripts/mdoc.awk \
		$(wildcard man/*.in) docs/sequence.md module/uapi/switchcost.h \
		userspace/lib/trace/traceformat.h
	$(call say,MAN,$@)
	$(Q)scripts/manual $@
	$(Q)touch $@

# Pictures and exports: a program that reads results, and nothing of the parts above.
view: $(BUILD)/switchcost-view

$(BUILD)/switchcost-view: $(BUILD)/version.h userspace/view/go.mod $(filter-out %_test.go, \
		$(wildcard userspace/view/*.go)) $(wildcard userspace/view/report.*)
	$(call say,GO,$@)
	$(Q)mkdir -p $(@D)
	$(Q)cd userspace/view && CGO_ENABLED=0 $(GO) build -trimpath \
		-buildvcs=false -ldflags "-X 'main.version=$(version)'" -o ../../$@ .

# "0.1.0 (commit 0123456789ab)", as the header has it.
version = $(shell awk -F '"' '/RELEASE/ { r = $$2 } /VERSION/ { v = $$2 } \
	END { printf "%s (commit %s)", r, v }' $(BUILD)/version.h)

# The commit that measured is part of a result's provenance.
$(BUILD)/version.h: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)scripts/version-header >$@.tmp
	$(Q)cmp -s $@.tmp $@ && rm $@.tmp || mv $@.tmp $@

$(call object,userspace/report/report.c userspace/cli/main.c \
	userspace/cli/describe.c): $(BUILD)/version.h

.PHONY: FORCE
FORCE:

# The names of system calls, as the C library's headers have them.
$(BUILD)/syscalls.inc:
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)echo '#include <asm/unistd_64.h>' | $(CC) -E -dM - | \
		sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9]*\)$$/[\2] = "\1",/p' >$@

$(call object,userspace/report/syscallname.c): $(BUILD)/syscalls.inc

# The kernel runs a program of its own for watch, which the command loads.
bpf := userspace/study/watch

$(BUILD)/%.skel.h: $(bpf)/%.bpf.c $(bpf)/bpfshared.h $(wildcard $(bpf)/*.bpf.h)
	$(call say,BPF,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) -O2 -g -Wall -Werror -target bpf -D__TARGET_ARCH_x86 \
		-I/usr/include/$(shell $(CC) -dumpmachine) -c $< -o $(@:.skel.h=.bpf.o)
	$(Q)$(BPFTOOL) gen skeleton $(@:.skel.h=.bpf.o) name $(*F)_bpf >$@

$(call object,$(bpf)/probes.c): $(BUILD)/watch.skel.h

$(BUILD)/switchcost: $(call object,$(cli)) $(library)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)

$(library): $(call object,$(engine) $(sources))
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/obj/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/%.o: %.S
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -g -MMD -MP -c -o $@ $<

# The kernel's build writes beside the sources: give it a tree of links.
module: $(BUILD)/switchcost.ko

$(BUILD)/switchcost.ko: $(module_sources) | $(BUILD)/vm/headers
	$(call say,KBUILD,$@)
	$(Q)scripts/build-module $(KDIR) $@ $(if $(V),V=1)

$(BUILD)/vm/headers:
	$(Q)vm/fetch-kernel

goprobe: $(BUILD)/goprobe/goprobe

$(BUILD)/goprobe/goprobe: goprobe/go.mod $(wildcard goprobe/*.[ch] \
		goprobe/*.go goprobe/*/*.go goprobe/*/*.s)
	$(call say,GO,$@)
	$(Q)cd goprobe && CGO_ENABLED=1 $(GO) build -o ../$@ .

vm: $(BUILD)/vm/kvm-probe | $(BUILD)/vm/headers

$(BUILD)/vm/kvm-probe: vm/kvm-probe.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -o $@ $<

.PHONY: tests
tests: $(addprefix $(BUILD)/tests/,$(unit) $(vmtests))

$(addprefix $(BUILD)/tests/,$(unit)): $(BUILD)/tests/%: \
		$(BUILD)/obj/tests/unit/%.o $(call object,$(helpers)) $(library)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

$(addprefix $(BUILD)/tests/,$(vmtests)): $(BUILD)/tests/%: \
		$(BUILD)/obj/tests/vm/%.o $(library)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)

$(call object,tests/vm/guest_observed.c): includes += -Itests

# A PMU with known counts, for the guest.
tests: $(BUILD)/tests/fakepmu/fakepmu.ko

$(BUILD)/tests/fakepmu/fakepmu.ko: $(wildcard tests/vm/fakepmu/*) \
		| $(BUILD)/vm/headers
	$(call say,KBUILD,$@)
	$(Q)SOURCES=tests/vm/fakepmu scripts/build-module $(KDIR) $@ \
		$(if $(V),V=1)

# The module with what only its tests need: module/hooks.h.
tests: $(BUILD)/tests/hooks/switchcost.ko

$(BUILD)/tests/hooks/switchcost.ko: $(module_sources) | $(BUILD)/vm/headers
	$(call say,KBUILD,$@)
	$(Q)scripts/build-module $(KDIR) $@ SWC_TEST_HOOKS=y $(if $(V),V=1)

# The independent check of the recorder, under QEMU's user-mode emulation.
qemu_check := $(addprefix $(BUILD)/tests/qemu/,plugin.so compare)

tests: $(qemu_check)

$(BUILD)/tests/qemu/plugin.so: tests/qemu/plugin.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -shared -fPIC -fvisibility=hidden -o $@ $<

$(BUILD)/tests/qemu/compare: $(BUILD)/obj/tests/qemu/compare.o $(library)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)

# The observer, a plugin for QEMU's system emulation: the engine, the unit tests' decoder
# and their random sequences, as code for a shared object, which shows nothing but the
# plugin's two symbols. It is built for two versions of QEMU's interface: that of Debian
# 12, and that of 13, whose emulation of programs takes no plugins, as it is static.
observer_versions := 1 3
observer := $(engine) $(wildcard userspace/lib/base/*.c userspace/lib/sequence/*.c) \
	$(addprefix tests/unit/,check.c checkop.c generate.c helper.c walk.c) \
	$(addprefix tests/qemu/,assertions.c expectation.c follower.c)
observer_object = $(addprefix $(BUILD)/observer/obj/,$(addsuffix .o,$(basename $(1))))

tests: $(observer_versions:%=$(BUILD)/tests/qemu/observer-v%.so)

$(observer_versions:%=$(BUILD)/observer/obj/observer-v%.o): \
		$(BUILD)/observer/obj/observer-v%.o: tests/qemu/observer.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -Itests/unit $(CFLAGS) -DQEMU_PLUGIN_VERSION=$* -fPIC \
		-fvisibility=hidden -MMD -MP -c -o $@ $<

$(BUILD)/observer/obj/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -Itests/unit $(CFLAGS) -fPIC -fvisibility=hidden -MMD -MP -c -o $@ $<

$(BUILD)/observer/obj/%.o: %.S
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -g -c -o $@ $<

$(observer_versions:%=$(BUILD)/tests/qemu/observer-v%.so): \
		$(BUILD)/tests/qemu/observer-v%.so: $(BUILD)/observer/obj/observer-v%.o \
		$(call observer_object,$(observer))
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -shared -o $@ $^ -lZydis -lyaml -lm

# libFuzzer's targets, and what they try, with the sanitizers: not by the compiler of
# all else, which has no fuzzer.
fuzzers := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
fuzzed := $(engine) $(wildcard $(patsubst %,userspace/lib/%/*.c,base machine run trace \
	sequence lower)) tests/fuzz/fuzz.c
fuzz_object = $(addprefix $(BUILD)/fuzz/obj/,$(addsuffix .o,$(basename $(1))))

# Calls at each comparison take half of the time, or more, and what a fuzzer learns from them
# covers less than as many more inputs do.
FUZZ_CFLAGS := $(CFLAGS) -Itests/unit -O2 -fsanitize=address,undefined \
	-fno-sanitize-recover=all -fno-sanitize-coverage=trace-cmp

.PHONY: fuzz fuzzers
fuzzers: $(fuzzers:%=$(BUILD)/fuzz/%)

# make fuzz T=60: each for so many seconds. Unit tests make the traces to begin with.
fuzz: fuzzers $(addprefix $(BUILD)/tests/,$(unit))
	$(Q)scripts/fuzz --seconds $(or $(T),60)

$(BUILD)/fuzz/obj/%.o: %.c
	$(call say,CLANG,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(CPPFLAGS) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP \
		-c -o $@ $<

$(BUILD)/fuzz/obj/%.o: %.S
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(CPPFLAGS) -g -c -o $@ $<

$(fuzzers:%=$(BUILD)/fuzz/%): $(BUILD)/fuzz/%: $(BUILD)/fuzz/obj/tests/fuzz/%.o \
		$(call fuzz_object,$(fuzzed))
	$(call say,LINK,$@)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

tests: fuzzers

# make mutants N=500: change the engine in so many places, one at a time, and list those
# that no test notices. It goes on where it was ended. The tests that judge have the engine
# as a shared object, of which each mutant is another: nothing but that is linked again.
killers := accesses ablation aim bound chunks chunks_placed codelayout effects emit emitop \
	encoding execute footprint indirect layout lower lowerreturn operators readback seqtext \
	shape sharing state turns verify
mutants := $(BUILD)/mutants

.PHONY: mutants killers
mutants: killers
	$(Q)$(mutants)/mutants -n $(or $(N),500) $(MUTANTS_FLAGS)

killers: $(mutants)/mutants $(killers:%=$(mutants)/tests/test_%)

$(mutants)/mutants: $(wildcard tests/mutants/*.go tests/mutants/go.mod)
	$(call say,GO,$@)
	$(Q)mkdir -p $(@D)
	$(Q)cd tests/mutants && CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false \
		-o ../../$@ .

$(mutants)/libengine.so: $(engine) $(wildcard module/engine/*.h module/uapi/*.h)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -shared -Wl,-soname,libengine.so -o $@ \
		$(filter %.c %.S,$^)

# The library comes last, so that nothing of its engine is wanted.
$(killers:%=$(mutants)/tests/test_%): $(mutants)/tests/%: $(BUILD)/obj/tests/unit/%.o \
		$(call object,$(helpers)) $(mutants)/libengine.so $(library)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

# The verifier's operators, proved from their C by CBMC; the proofs have to refute planted
# faults. It takes some ten minutes; make test has some seconds of it.
.PHONY: prove
prove:
	$(Q)scripts/setup --tests
	$(Q)scripts/prove

# The VM's tests on a kernel with KASAN, lockdep, UBSAN, kmemleak and planted faults: half
# an hour, and ten minutes more for the kernel the first time.
.PHONY: test-debug
test-debug:
	$(Q)$(MAKE) --no-print-directory all tests
	$(Q)scripts/test-debug

# The benchmarks: programs in C, and what precision holds them against.
bench_programs := precision coverage model readback verdicts standin
bench_shared := $(filter-out $(bench_programs:%=bench/%.c),$(wildcard bench/*.c))
bench_built := $(addprefix $(BUILD)/bench/,$(bench_programs) gbench_chain \
	gochain.test steprate walk waytags)

bench: userspace goprobe $(bench_built)

$(addprefix $(BUILD)/bench/,$(bench_programs)): $(BUILD)/bench/%: \
		$(BUILD)/obj/bench/%.o $(call object,$(bench_shared)) $(library)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)

# Programs that make calls of libraries that others have written, by docs/live.md; all but
# one need what scripts/setup doesn't install: bench/foreign-calls looks for that.
calls := $(addprefix $(BUILD)/calls/,ffi zstd fiber sqlite sitter)
$(BUILD)/calls/ffi: LIBS := -lffi
$(BUILD)/calls/zstd: LIBS := -lzstd
$(BUILD)/calls/fiber: LIBS := -l:libboost_context.a
$(foreach call,$(calls),$(eval $(call): \
	$(wildcard bench/foreigners/$(notdir $(call))/*)))

$(filter %/ffi %/zstd,$(calls)): bench/serve.c bench/serve.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -Ibench -o $@ $(filter %.c,$^) $(LIBS)

$(BUILD)/calls/fiber: $(BUILD)/obj/bench/serve.o bench/serve.h
	$(call say,CXX,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CXX) -O2 -g -Wall -Wextra -Werror -Ibench -o $@ \
		$(filter %.cc %.o,$^) $(LIBS)

$(filter %/sqlite %/sitter,$(calls)): bench/foreigners/go.mod \
		$(wildcard goprobe/serve/*.go goprobe/tsc/*)
	$(call say,GO,$@)
	$(Q)cd bench/foreigners && CGO_ENABLED=1 $(GO) build -trimpath -o ../../$@ \
		./$(@F)

tests: $(BUILD)/calls/ffi

# The tests run two of them; the others are to build, too, when a library's names change.
tests: $(filter-out %/gbench_chain %/gochain.test,$(bench_built))

# The unit test of their statistics.
$(BUILD)/tests/test_summary: $(call object,bench/summary.c)

$(BUILD)/bench/gbench_chain: bench/gbench_chain.cc bench/chains.h
	$(call say,CXX,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CXX) -O2 -g -Wall -Wextra -Werror -o $@ $< -lbenchmark -lpthread

# The work that bench/model follows: as it is compiled, so are its accesses.
$(BUILD)/bench/walk: bench/work/walk.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -O2 -Wall -Wextra -Werror -o $@ $<

$(BUILD)/bench/waytags: bench/core/waytags.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -o $@ $<

$(BUILD)/bench/gochain.test: $(wildcard bench/gochain/*)
	$(call say,GO,$@)
	$(Q)mkdir -p $(@D)
	$(Q)cd bench/gochain && CGO_ENABLED=0 $(GO) test -c -o ../../$@ .

$(BUILD)/bench/steprate: $(BUILD)/obj/bench/recorder/steprate.o $(library)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)

# make install PREFIX=/usr/local DESTDIR=: the programs look for one another where they lie
# themselves, so they share a folder, and links lead there.
PREFIX ?= /usr/local
ZSHDIR ?= share/zsh/site-functions
installed := $(DESTDIR)$(PREFIX)
sources_installed := $(installed)/src/switchcost-$(shell cat VERSION)

.PHONY: install install-dkms uninstall deb
install: userspace goprobe
	$(Q)install -d $(installed)/bin $(installed)/lib/switchcost/goprobe \
		$(installed)/lib/switchcost/claims $(installed)/share/switchcost \
		$(installed)/share/man/man1 $(installed)/share/man/man4 \
		$(installed)/share/man/man5 $(installed)/$(ZSHDIR) \
		$(installed)/share/bash-completion/completions
	$(Q)install $(BUILD)/switchcost $(BUILD)/switchcost-view $(installed)/lib/switchcost
	$(Q)install $(BUILD)/goprobe/goprobe $(installed)/lib/switchcost/goprobe
	$(Q)install -m 644 $(BUILD)/claims/cgo.claims $(installed)/lib/switchcost/claims
	$(Q)ln -sf ../lib/switchcost/switchcost ../lib/switchcost/switchcost-view \
		$(installed)/bin
	$(Q)for n in 1 4 5; do \
		install -m 644 $(BUILD)/share/man/man$$n/* $(installed)/share/man/man$$n || \
			exit; \
	done
	$(Q)install -m 644 $(BUILD)/share/bash-completion/completions/* \
		$(installed)/share/bash-completion/completions
	$(Q)install -m 644 $(BUILD)/share/zsh/site-functions/* $(installed)/$(ZSHDIR)
	$(Q)cp -r $(BUILD)/share/switchcost/schema $(installed)/share/switchcost

# The module's source, of which DKMS makes one for each kernel, and what udev and modprobe
# shall know; not what only tests need.
dkms_sources := $(filter-out module/hooks.c module/bugs.c,$(module_sources))

install-dkms:
	$(Q)install -d $(installed)/lib/udev/rules.d $(installed)/lib/modprobe.d
	$(Q)for file in $(dkms_sources); do \
		install -D -m 644 $$file $(sources_installed)/$$file || exit; \
	done
	$(Q)sed "s/@VERSION@/$$(cat VERSION)/" packaging/dkms/dkms.conf.in \
		>$(sources_installed)/dkms.conf
	$(Q)install -m 644 packaging/dkms/*.rules $(installed)/lib/udev/rules.d
	$(Q)install -m 644 packaging/dkms/*.conf $(installed)/lib/modprobe.d

uninstall:
	$(Q)rm -rf $(installed)/lib/switchcost $(installed)/share/switchcost \
		$(installed)/src/switchcost-* $(installed)/bin/switchcost \
		$(installed)/bin/switchcost-view $(installed)/$(ZSHDIR)/_switchcost \
		$(installed)/share/bash-completion/completions/switchcost \
		$(installed)/lib/udev/rules.d/60-switchcost.rules \
		$(installed)/lib/modprobe.d/switchcost.conf
	$(Q)rm -f $(installed)/share/man/man[145]/switchcost.[145] \
		$(installed)/share/man/man[15]/switchcost-*.[15]

# Debian packages of what is committed or changed here, into build/deb.
deb:
	$(Q)scripts/make-deb

lint:
	$(Q)scripts/lint

clean:
	$(Q)rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj $(BUILD)/fuzz $(BUILD)/observer -name '*.d' 2>/dev/null)
