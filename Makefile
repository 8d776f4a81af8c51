# yoke: `make help` lists the targets.
#
# Variables: CC, CFLAGS, CPPFLAGS, LDFLAGS, PREFIX, LIBDIR, DESTDIR, V=1 (show commands),
# WERROR=1. One object folder per flavour, build/FLAVOUR; whatever changes the flags rebuilds it.

# What the environment has set to nothing is not set: nobody means /lib.
$(foreach name,PREFIX LIBDIR PYTHONDIR MANDIR BASHDIR ZSHDIR CC CXX CFLAGS PKG_CONFIG FLAVOUR BUILD_CC, \
    $(if $(findstring environment,$(origin $(name))),$(if $($(name)),,$(eval undefine $(name)))))

CC      ?= cc
CXX     ?= g++
PREFIX  ?= /usr/local
LIBDIR  ?= $(PREFIX)/lib
DESTDIR ?=
CFLAGS  ?= -O3 -g
V       ?= 0
Q       := $(if $(filter 1,$(V)),,@)

MAJOR   := $(shell sed -n 's/^.define YOKE_VERSION_MAJOR *//p' include/yoke/version.h)
MINOR   := $(shell sed -n 's/^.define YOKE_VERSION_MINOR *//p' include/yoke/version.h)
PATCH   := $(shell sed -n 's/^.define YOKE_VERSION_PATCH *//p' include/yoke/version.h)
VERSION := $(MAJOR).$(MINOR).$(PATCH)

# ---- flavours: what `make asan` and its like set for a second make -----------------------------

FLAVOUR   ?= release
SANITIZE_asan  := -fsanitize=address -fno-omit-frame-pointer
SANITIZE_ubsan := -fsanitize=undefined -fno-sanitize-recover=all
SANITIZE_tsan  := -fsanitize=thread
SANITIZE_fuzz  := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
SANITIZE_coverage := --coverage
SANITIZE_delays := -DYOKE_DELAYS
SANITIZE       := $(SANITIZE_$(FLAVOUR))
BUILD          := build/$(FLAVOUR)
DEBUG_LEVEL    := $(if $(filter release,$(FLAVOUR)),0,1)

# ---- flags that are ours, apart from the user's CFLAGS -----------------------------------------

# As one word for the shell.
QUOTE = '$(subst ','\'',$(1))'

# $(call ask,NAME,COMMAND) is what the command prints. It runs when the first recipe needs it.
ask = $(eval $(1) := $(shell { $(2); } 2>/dev/null))$($(1))

PKG_CONFIG       ?= pkg-config
WITH_CLUSTER     ?= yes

# `make deps` installs while this file is read, so that whatever else is asked for in the same make
# finds what it needs. Where it cannot, it has said so, and make ends with -q: that fails without
# another word.
DEPS := $(filter deps deps-peers,$(MAKECMDGOALS))
ifneq ($(and $(DEPS),$(if $(findstring n,$(firstword -$(MAKEFLAGS))),,yes)),)
ifneq ($(shell CC='$(CC)' CXX='$(CXX)' PKG_CONFIG='$(PKG_CONFIG)' WITH_CLUSTER='$(WITH_CLUSTER)' \
    sh .ci/deps $(DEPS) >&2 || echo missing),)
MAKEFLAGS += -q
endif
endif

HWLOC_CFLAGS     = $(call ask,HWLOC_CFLAGS,$(PKG_CONFIG) --cflags hwloc)
HWLOC_LIBS       = $(call ask,HWLOC_LIBS,$(PKG_CONFIG) --libs hwloc || echo -lhwloc)
CRITERION_CFLAGS = $(call ask,CRITERION_CFLAGS,$(PKG_CONFIG) --cflags criterion)
CRITERION_LIBS   = $(call ask,CRITERION_LIBS,$(PKG_CONFIG) --libs criterion || echo -lcriterion)
# Peers that the benchmark compares with where they are installed.
PEER_CFLAGS      = $(call ask,PEER_CFLAGS,$(PKG_CONFIG) --exists primesieve && \
                     echo -DHAVE_PRIMESIEVE `$(PKG_CONFIG) --cflags primesieve`)
PEER_LIBS        = $(call ask,PEER_LIBS,$(PKG_CONFIG) --libs primesieve)
# The task runtimes. oneTBB is for C++: without a compiler for that, or where it was built by a newer
# one than the programs are linked by, its file is an empty object.
ONETBB_FLAGS     = $(call ask,ONETBB_FLAGS,$(PKG_CONFIG) --exists tbb && echo | \
                     $(CXX) -std=c++17 -x c++ -fsyntax-only -include optional - && \
                     echo 'int main(void) { return 0; }' | $(CC) -x c - -o /dev/null -Xlinker --no-as-needed \
                     `$(PKG_CONFIG) --libs tbb` -lstdc++ && \
                     echo -DHAVE_ONETBB `$(PKG_CONFIG) --cflags tbb`)
RUNTIME_CFLAGS   = $(if $(ONETBB_FLAGS),-DHAVE_ONETBB) $(call ask,STARPU_CFLAGS,\
                     $(PKG_CONFIG) --exists starpu-1.3 && \
                     echo -DHAVE_STARPU `$(PKG_CONFIG) --cflags-only-I starpu-1.3`)
RUNTIME_LIBS     = $(if $(ONETBB_FLAGS),$(call ask,ONETBB_LIBS,\
                     $(PKG_CONFIG) --libs tbb) -lstdc++) $(call ask,STARPU_LIBS,\
                     $(PKG_CONFIG) --libs starpu-1.3)

# The cluster needs libnats. Without it, and with WITH_CLUSTER=no, libyoke_cluster, its programs and
# its tests are left out.
export WITH_CLUSTER
NATS_CFLAGS      = $(call ask,NATS_CFLAGS,$(PKG_CONFIG) --cflags libnats)
NATS_LIBS        = $(call ask,NATS_LIBS,$(PKG_CONFIG) --libs libnats)

# What one example computes its sums with.
MD5_CFLAGS       = $(call ask,MD5_CFLAGS,$(PKG_CONFIG) --cflags libmd)
MD5_LIBS         = $(call ask,MD5_LIBS,$(PKG_CONFIG) --libs libmd)

# In a cross build, the compiler for this machine.
BUILD_CC ?= cc
# The compiler knows its own objcopy and ar, also when it compiles for another processor.
OBJCOPY  = $(call ask,OBJCOPY,$(CC) -print-prog-name=objcopy)
ifeq ($(origin AR),default)
AR       = $(call ask,AR,$(CC) -print-prog-name=ar)
endif
X86      = $(findstring x86_64,$(call ask,MACHINE,$(CC) -dumpmachine))

# The folder of the build in no object, so that every folder gives the same bytes. (What counts lines
# has to find the sources.)
ANYWHERE := $(if $(filter-out coverage,$(FLAVOUR)),-ffile-prefix-map=$(call QUOTE,$(CURDIR))=.)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
            $(if $(filter 1,$(WERROR)),-Werror)
COMMON   := -std=c11 -D_GNU_SOURCE $(WARNINGS) $(SANITIZE) -fopenmp
LIB_FLAGS = $(COMMON) -Iinclude -Ilib -I$(BUILD)/lib -fPIC -fvisibility=hidden -DYOKE_DEBUG=$(DEBUG_LEVEL) \
            $(HWLOC_CFLAGS)
# The cluster sees the public headers and its own: it could be anybody's.
CLUSTER_FLAGS = $(COMMON) -Iinclude -fPIC -fvisibility=hidden $(NATS_CFLAGS)
# Programs see the public headers and what they share among themselves, apps/cli, but nothing of
# lib/: this line is the layering rule.
PROGRAM_FLAGS = $(COMMON) -Iinclude -Iapps $(MD5_CFLAGS)
BENCH_FLAGS   = $(PROGRAM_FLAGS) -Ibench $(PEER_CFLAGS) $(RUNTIME_CFLAGS)
TEST_FLAGS    = $(COMMON) -DYOKE_DEBUG=$(DEBUG_LEVEL) -Iinclude -Ilib -Iapps -Ibench -DYOKE_BUILD='"$(BUILD)"' $(HWLOC_CFLAGS) \
                $(CRITERION_CFLAGS)
LIBS          = $(HWLOC_LIBS) -lm
# Kernels get the stack that they would have under glibc: musl gives a thread 128 KiB, unless a program
# or a library that it starts with asks for more in this way, and takes no more than 8 MiB.
STACK         = -Wl,-z,stack-size=8388608
LINK          = $(CC) $(CFLAGS) $(ANYWHERE) $(SANITIZE) $(STACK) $(LDFLAGS) -fopenmp

# ---- what there is ------------------------------------------------------------------------------

# In one order everywhere: make before 4.3 takes files as they lie in the folder.
LIB_OBJECTS  := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard lib/base/*.c lib/topology/*.c lib/server/*.c \
                  lib/primes/*.c lib/primes/*/*.c)))
CLUSTER_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard lib/cluster/*.c)))
APP_PARTS    := $(patsubst %.c,$(BUILD)/%.o,$(sort $(filter-out apps/cluster/%,$(wildcard apps/*/*.c))))
YOKE_CLUSTER_PARTS := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard apps/cluster/*.c)))
PLOT_PARTS     := $(patsubst %.c,$(BUILD)/%.o,$(wildcard bench/plot/*.c))
CONTEST_PARTS  := $(patsubst %.c,$(BUILD)/%.o,$(wildcard bench/contest/*.c)) $(PLOT_PARTS)
DISPATCH_PARTS := $(patsubst bench/%,$(BUILD)/bench/%.o,$(basename $(wildcard bench/dispatch/*.c*) \
                    bench/contest/machine.c bench/contest/summary.c)) $(PLOT_PARTS)
PHASES_PARTS   := $(patsubst bench/%.c,$(BUILD)/bench/%.o,$(wildcard bench/phases/*.c) \
                    $(addprefix bench/contest/,contest.c machine.c rows.c summary.c)) $(PLOT_PARTS)
TRIPS_PARTS    := $(patsubst %.c,$(BUILD)/%.o,$(wildcard bench/trips/*.c))
BENCH_PARTS    := $(sort $(CONTEST_PARTS) $(DISPATCH_PARTS) $(PHASES_PARTS) $(TRIPS_PARTS))
TEST_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/test_*.c))
# Left out where its library is missing.
LEFT_OUT     := $(shell $(PKG_CONFIG) --exists libmd 2>/dev/null || echo apps/reverse_md5)
CLUSTER_APPS := apps/yoke_cluster apps/sum_primes_cluster
CLUSTER_BENCH := bench/cluster_bench
# Yes where it is not refused and libnats is there.
CLUSTER      := $(if $(filter no,$(WITH_CLUSTER)),,$(shell $(PKG_CONFIG) --exists libnats \
                  2>/dev/null && echo yes))
LEFT_OUT     += $(if $(CLUSTER),,$(CLUSTER_APPS) $(CLUSTER_BENCH))
APPS         := $(filter-out $(LEFT_OUT),$(basename $(wildcard apps/*.c)))
BENCHES      := $(filter-out $(LEFT_OUT),$(basename $(wildcard bench/*.c)))
PHASES       := $(BUILD)/bench/sum_primes_phases
# The benchmarks whose pictures the tests look at.
MEASURES     := $(BUILD)/bench/sum_primes_bench $(PHASES)
PROGRAMS     := $(APPS:%=$(BUILD)/%) $(BENCHES:%=$(BUILD)/%)
STRESSES     := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/stress_*.c))
WALK         := $(BUILD)/tests/walk/walk
WALK_PARTS   := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/walk/*.c))
STATIC       := $(BUILD)/libyoke.a
SHARED       := $(BUILD)/libyoke.so.$(VERSION)
CLUSTER_STATIC := $(BUILD)/libyoke_cluster.a
CLUSTER_SHARED := $(BUILD)/libyoke_cluster.so.$(VERSION)
CLUSTER_DOCS := $(addprefix lib/cluster/,README.md yoke-node.service yoke-hub.service yoke-nodes.slurm)
CLUSTER_LIBS := $(if $(CLUSTER),$(CLUSTER_STATIC) $(CLUSTER_SHARED))
CLUSTER_TEST_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/cluster/*.c))
TESTS        := $(BUILD)/tests/check
CLUSTER_TESTS := $(if $(CLUSTER),$(BUILD)/tests/check_cluster)
ALLOCATIONS  := $(BUILD)/tests/allocations
FAULTY       := $(BUILD)/tests/faulty_yoke
LOOKS        := $(BUILD)/tests/looks
NUMA         := $(BUILD)/tests/numa/numa
FUZZERS      := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(filter-out %/replay.c \
                  $(if $(CLUSTER),,%/message.c),$(wildcard tests/fuzz/*.c)))
# The program that submits in check-cluster, and how many jobs.
HOSTS        := $(if $(CLUSTER),$(BUILD)/tests/hosts/jobs)
CLUSTER_JOBS ?= 2100
NUMA_PARTS   := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/numa/*.c))

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

##@ Building

all: lib apps bench ## everything but the tests
lib: $(STATIC) $(SHARED) $(CLUSTER_LIBS) ## the library, static and shared
ifeq ($(FLAVOUR),release)
apps: $(APPS) ## the programs in apps/
bench: $(BENCHES) ## the programs in bench/
else
apps: $(APPS:%=$(BUILD)/%)
bench: $(BENCHES:%=$(BUILD)/%)
endif

run: apps ## build and run the seed's job: the sums of primes of apps/sum_primes
	$(Q)$(if $(filter-out release,$(FLAVOUR)),$(BUILD)/)apps/sum_primes

run-cluster: apps ## build, and run the same jobs on a cluster of two nodes on this machine
	$(Q)$(if $(CLUSTER),sh apps/run_cluster.sh $(if $(filter-out release,$(FLAVOUR)),$(BUILD)/)apps,\
	    echo "this needs libnats and nats-server: make deps run-cluster" >&2; exit 1)

# What the compiler lacks that all of yoke needs: one line now instead of an error for every file.
LACKING = $(call ask,COMPILER_LACKS,$(CC) $(CPPFLAGS) $(CFLAGS) -include include/yoke/compiler.h -E \
            -x c /dev/null 2>&1 | grep -o 'yoke needs.*__int128' | head -n 1)

# Changes only when the flags do, and everything compiled depends on it.
$(BUILD)/flags: FORCE
	$(if $(LACKING),$(error $(LACKING); $(CC) $(CFLAGS) is none))
	@mkdir -p $(@D)
	@$(PKG_CONFIG) --exists hwloc 2>/dev/null || \
	    echo "note: pkg-config does not find hwloc; 'make deps' installs what is missing" >&2
	$(if $(filter-out $(CLUSTER_APPS) $(CLUSTER_BENCH),$(LEFT_OUT)),@echo "note: $(filter-out $(CLUSTER_APPS) $(CLUSTER_BENCH),$(LEFT_OUT)) is not built: 'make deps' installs what it needs" >&2)
	$(if $(CLUSTER)$(filter no,$(WITH_CLUSTER)),,@echo "note: the cluster is left out: 'make deps' installs libnats" >&2)
	@echo $(call QUOTE,$(shell $(CC) --version 2>/dev/null | head -n 1) $(CPPFLAGS) $(LIB_FLAGS) \
	    $(BENCH_FLAGS) $(TEST_FLAGS) $(CLUSTER_FLAGS) $(SHARE) $(LIBS)) > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# Each kernel file is compiled for its instruction set; the dispatch alone decides who runs it.
$(BUILD)/lib/primes/kernels/avx2.o: KERNEL_FLAGS = $(if $(X86),-mavx2 -mbmi -mbmi2 -mpopcnt)
$(BUILD)/lib/primes/kernels/avx512.o: KERNEL_FLAGS = $(if $(X86),-mavx512f -mavx512bw -mavx512dq \
    -mavx512vl -mavx512bitalg -mavx512vbmi -mavx512vbmi2 -mavx512vnni -mbmi -mbmi2 -mpopcnt)
# The phases and a test put themselves before functions of these (--wrap), which -flto would prevent.
$(patsubst %,$(BUILD)/lib/primes/%.o,interval kernels/dispatch large sieve sieving_primes survivors): \
    KERNEL_FLAGS = -fno-lto

# A page for browsers, as C strings.
TRACE_PAGE := $(BUILD)/lib/server/trace_page.inc
$(TRACE_PAGE): lib/server/trace_page.html Makefile
	@mkdir -p $(@D)
	$(Q)sed 's/[\\"]/\\&/g; s/.*/"&\\n",/' $< > $@
$(BUILD)/lib/server/trace_html.o: $(TRACE_PAGE)

$(BUILD)/lib/%.o: FLAGS = $(LIB_FLAGS) $(KERNEL_FLAGS)
$(BUILD)/lib/cluster/%.o: FLAGS = $(CLUSTER_FLAGS)
$(BUILD)/apps/%.o: FLAGS = $(PROGRAM_FLAGS)
$(BUILD)/bench/%.o: FLAGS = $(BENCH_FLAGS)
# The phases of the sieve are seen from inside.
$(BUILD)/bench/phases/%.o: FLAGS = $(BENCH_FLAGS) -Ilib
$(BUILD)/tests/%.o: FLAGS = $(TEST_FLAGS)
$(BUILD)/tests/cluster/%.o: FLAGS = $(TEST_FLAGS) $(NATS_CFLAGS)
$(BUILD)/tests/walk/%.o: FLAGS = $(COMMON) -Iinclude
$(BUILD)/%.o: %.c $(BUILD)/flags Makefile
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC   $<")
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(FLAGS) $(ANYWHERE) -MMD -MP -c $< -o $@

# The peer is not ours to check, so without sanitizers.
CXX_FLAGS = -std=c++17 -Wall -Wextra $(if $(filter 1,$(WERROR)),-Werror)
$(BUILD)/%.o: %.cc $(BUILD)/flags Makefile
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CXX  $<")
	$(Q)$(if $(ONETBB_FLAGS),$(CXX) $(CPPFLAGS) $(CFLAGS) $(CXX_FLAGS) $(ANYWHERE) $(ONETBB_FLAGS) -Ibench -MMD -MP \
	    -c $< -o $@,$(CC) -x c -c /dev/null -o $@)

# One object in which the hidden symbols are made local, so that a program that links statically
# can use any name but the public ones. With -flto among the flags it is compiled here: what gcc
# would leave for the program's link has no symbols yet that could be made local.
FINISH_LTO = $(call ask,NOLTO_REL,$(CC) -flinker-output=nolto-rel -E -x c /dev/null >/dev/null && \
               echo -flinker-output=nolto-rel)
$(BUILD)/libyoke.o: $(LIB_OBJECTS)
$(BUILD)/libyoke_cluster.o: $(CLUSTER_OBJECTS)
$(BUILD)/libyoke.o $(BUILD)/libyoke_cluster.o:
	$(if $(Q),@echo "  LD   $@")
	$(Q)$(CC) $(CFLAGS) $(ANYWHERE) $(filter -fuse-ld=%,$(LDFLAGS)) $(FINISH_LTO) -r -nostdlib -o $@ $^
	$(Q)$(OBJCOPY) --localize-hidden $@

$(STATIC) $(CLUSTER_STATIC): %.a: %.o
	$(Q)rm -f $@
	$(Q)$(AR) rcsD $@ $<

# Never unloaded: OpenMP's threads, and what is to be done when a thread ends, outlive dlclose(). All
# names are found at once, so that no call meets another OpenMP library than the ones before it.
SHARE = $(LINK) -shared -Wl,-z,nodelete -Wl,-z,now

$(SHARED): $(LIB_OBJECTS) lib/yoke.map
	$(if $(Q),@echo "  LINK $@")
	$(Q)$(SHARE) -Wl,-soname,libyoke.so.$(MAJOR) \
	    -Wl,--version-script=lib/yoke.map -o $@ $(LIB_OBJECTS) $(LIBS)
	$(Q)ln -sf $(@F) $(BUILD)/libyoke.so.$(MAJOR)
	$(Q)ln -sf libyoke.so.$(MAJOR) $(BUILD)/libyoke.so

$(CLUSTER_SHARED): $(CLUSTER_OBJECTS) lib/yoke_cluster.map $(SHARED)
	$(if $(Q),@echo "  LINK $@")
	$(Q)$(SHARE) -Wl,-soname,libyoke_cluster.so.$(MAJOR) \
	    -Wl,--version-script=lib/yoke_cluster.map -o $@ $(CLUSTER_OBJECTS) -L$(BUILD) -lyoke \
	    $(NATS_LIBS)
	$(Q)ln -sf $(@F) $(BUILD)/libyoke_cluster.so.$(MAJOR)
	$(Q)ln -sf libyoke_cluster.so.$(MAJOR) $(BUILD)/libyoke_cluster.so

$(BUILD)/apps/%: PARTS = $(APP_PARTS)
$(BUILD)/apps/reverse_md5: PARTS = $(APP_PARTS) $(MD5_LIBS)
$(CLUSTER_APPS:%=$(BUILD)/%): PARTS = $(APP_PARTS) $(CLUSTER_STATIC) $(NATS_LIBS) -rdynamic
$(CLUSTER_APPS:%=$(BUILD)/%): $(CLUSTER_STATIC)
$(BUILD)/apps/yoke_cluster: PARTS = $(YOKE_CLUSTER_PARTS) $(APP_PARTS) $(CLUSTER_STATIC) $(NATS_LIBS) \
    -rdynamic
$(BUILD)/apps/yoke_cluster: $(YOKE_CLUSTER_PARTS)
# The machine and the summaries are for every benchmark, the rest of a folder for its own.
$(BUILD)/bench/sum_primes_bench: PARTS = $(CONTEST_PARTS) $(APP_PARTS) $(PEER_LIBS)
$(BUILD)/bench/compare_builds: PARTS = $(addprefix $(BUILD)/bench/contest/,machine.o summary.o) $(APP_PARTS)
$(BUILD)/bench/cluster_bench: PARTS = $(TRIPS_PARTS) $(APP_PARTS) $(CLUSTER_STATIC) $(NATS_LIBS)
$(BUILD)/bench/cluster_bench: $(CLUSTER_STATIC)
$(BUILD)/bench/submit_bench: PARTS = $(DISPATCH_PARTS) $(APP_PARTS) $(RUNTIME_LIBS)
$(APPS:%=$(BUILD)/%): $(APP_PARTS)
$(BENCHES:%=$(BUILD)/%): $(APP_PARTS) $(BENCH_PARTS)
$(filter-out $(PHASES),$(PROGRAMS)): %: %.o $(STATIC)
	$(if $(Q),@echo "  LINK $@")
	$(Q)$(LINK) -o $@ $< $(PARTS) $(STATIC) $(LIBS)

PHASES_SEEN := kernels_choose sieving_primes_open sieve_open sieve_start large_cross_off survivors_test
$(PHASES): %: %.o $(PHASES_PARTS) $(LIB_OBJECTS)
	$(if $(Q),@echo "  LINK $@")
	$(Q)$(LINK) $(PHASES_SEEN:%=-Wl,--wrap=%) -o $@ $< $(PHASES_PARTS) $(APP_PARTS) $(LIB_OBJECTS) \
	    $(LIBS)

BASE ?=
bench-compare: $(STATIC) $(BUILD)/bench/compare_builds ## compare the speed with another revision: BASE=HEAD~1 [RUNS=20] [THRESHOLD=2]
	$(Q)CC="$(CC)" CFLAGS="$(CFLAGS)" LIBS="$(LIBS)" MAKE="$(MAKE) --no-print-directory" \
	    sh bench/compare/run.sh "$(BASE)" $(STATIC) $(BUILD)/bench/compare_builds \
	    $(if $(RUNS),--runs=$(RUNS)) $(if $(THRESHOLD),--threshold=$(THRESHOLD))

# Users run programs where their sources lie.
$(APPS) $(BENCHES): %: $(BUILD)/%
	$(Q)cp -f $< $@

##@ Testing

# Tests have threads of their own, so a process for every processor would drown the machine: two
# tests at a time keep two cores busy and leave a machine of 64 with room for each.
TEST_ARGUMENTS ?= --jobs 2

check: lib apps $(MEASURES) $(TESTS) $(ALLOCATIONS) $(LOOKS) $(FAULTY) $(FUZZERS) $(WALK) $(CLUSTER_TESTS) ## build and pass the tests
	$(Q)$(TESTS) $(TEST_ARGUMENTS)
	$(if $(CLUSTER),$(Q)$(CLUSTER_TESTS) $(TEST_ARGUMENTS))
	$(Q)$(ALLOCATIONS)
	$(Q)$(LOOKS)
	$(Q)$(WALK) --seconds=5 1 2
	$(Q)set -e; for program in $(FUZZERS); do \
	    $$program tests/fuzz/corpus/`basename $$program`; done

tests: $(TESTS) $(ALLOCATIONS) $(LOOKS) $(FAULTY) $(FUZZERS) $(STRESSES) $(WALK) $(CLUSTER_TESTS) ## build the tests without running them

$(TESTS): $(TEST_OBJECTS) $(APP_PARTS) $(PLOT_PARTS) $(LIB_OBJECTS)
	$(if $(Q),@echo "  LINK $@")
	$(Q)$(LINK) -o $@ $^ $(CRITERION_LIBS) $(LIBS)

ifneq ($(CLUSTER),)
$(CLUSTER_TESTS): $(CLUSTER_TEST_OBJECTS) $(BUILD)/tests/test_sanitizers.o $(CLUSTER_OBJECTS) $(LIB_OBJECTS)
	$(if $(Q),@echo "  LINK $@")
	$(Q)$(LINK) -o $@ $^ $(CRITERION_LIBS) $(NATS_LIBS) $(LIBS)
endif

# These of the library's calls go to tests/allocations.c.
ALLOCATORS := malloc calloc realloc aligned_alloc posix_memalign mmap strdup asprintf \
    vasprintf open_memstream fopen hwloc_bitmap_alloc hwloc_bitmap_dup hwloc_bitmap_list_asprintf
$(ALLOCATIONS): %: %.o $(LIB_OBJECTS)
	$(if $(Q),@echo "  LINK $@")
	$(Q)$(LINK) $(ALLOCATORS:%=-Wl,--wrap=%) -o $@ $^ $(LIBS)

# The calls that tests/looks.c leads to itself.
LOOKED_AT := run_current_job d_part b_part pairs_part composite_part phi0_part
$(LOOKS): %: %.o $(LIB_OBJECTS)
	$(if $(Q),@echo "  LINK $@")
	$(Q)$(LINK) $(LOOKED_AT:%=-Wl,--wrap=%) -o $@ $^ $(LIBS)

$(FAULTY): %: %.o $(BUILD)/apps/yoke.o $(APP_PARTS) $(LIB_OBJECTS)
	$(if $(Q),@echo "  LINK $@")
	$(Q)$(LINK) -Wl,--wrap=solver_totals -Wl,--wrap=sieve_next -o $@ $^ $(LIBS)

# The target and what feeds it: libFuzzer, or a replay of what that has kept.
FUZZ_PARTS = $(BUILD)/tests/fuzz/replay.o
ifeq ($(FLAVOUR),fuzz)
FUZZ_PARTS = -fsanitize=fuzzer
endif
$(FUZZERS): %: %.o $(filter %.o,$(FUZZ_PARTS)) $(APP_PARTS) $(LIB_OBJECTS) \
    $(if $(CLUSTER),$(BUILD)/lib/cluster/wire.o)
	$(if $(Q),@echo "  LINK $@")
	$(Q)$(LINK) -o $@ $(filter-out $(BUILD)/tests/fuzz/replay.o,$^) $(FUZZ_PARTS) $(LIBS)

# What is new is kept in build/fuzz/new; the smallest set of inputs that reaches the same code goes
# into the corpus by hand, with libFuzzer's -merge=1.
FUZZ_SECONDS ?= 600
CLANG        ?= clang
fuzz: ## make up input for all that reads some, FUZZ_SECONDS each (clang with libFuzzer)
ifeq ($(FLAVOUR),fuzz)
fuzz: $(FUZZERS)
	$(Q)set -e; for program in $(FUZZERS); do \
	    name=`basename $$program`; mkdir -p $(BUILD)/new/$$name $(BUILD)/defects; \
	    echo "$$name, $(FUZZ_SECONDS) s"; \
	    $$program -max_total_time=$(FUZZ_SECONDS) -close_fd_mask=3 -print_final_stats=1 \
	        -artifact_prefix=$(BUILD)/defects/$$name- $(BUILD)/new/$$name \
	        tests/fuzz/corpus/$$name 2>&1 | tail -n 12; \
	    test -z "`ls $(BUILD)/defects`"; done
else
	$(Q)$(MAKE) FLAVOUR=fuzz CC="$(CLANG)" CFLAGS="-O1 -g" fuzz
endif

model: ## the wake-up protocol, jobs and waits, searched by a model checker (spin)
	$(Q)CC="$(CC)" sh tests/model/run.sh build/model

check-numa: $(NUMA) ## the job server on emulated machines of several NUMA nodes (qemu)
	$(Q)sh tests/numa/run.sh $(NUMA) build/numa

$(NUMA): $(NUMA_PARTS) $(LIB_OBJECTS)
	$(if $(Q),@echo "  LINK $@")
	$(Q)$(LINK) -Wl,--wrap=posix_memalign -Wl,--wrap=free -o $@ $^ $(LIBS)

check-cluster: apps $(HOSTS) ## three hosts (network namespaces) with hubs and nodes that die; as root
	$(Q)$(if $(CLUSTER),sh tests/hosts/run.sh $(BUILD)/apps $(HOSTS) $(CLUSTER_JOBS),\
	    echo "SKIPPED check-cluster: it needs libnats (make deps)" >&2)

$(BUILD)/tests/hosts/jobs: %: %.o $(CLUSTER_STATIC) $(STATIC)
	$(if $(Q),@echo "  LINK $@")
	$(Q)$(LINK) -o $@ $< $(CLUSTER_STATIC) $(STATIC) $(NATS_LIBS) $(LIBS)

check-install: lib apps ## install into a temporary folder and build programs against it
	$(Q)sh tests/deps.sh
	$(Q)CC="$(CC)" MAKE="$(MAKE) --no-print-directory" VERSION=$(VERSION) sh tests/install.sh

# Each compiler brings an OpenMP library, and the linker decides whose the process gets.
check-compilers: ## programs and libraries of gcc and clang, in every combination
	$(Q)if ! command -v gcc >/dev/null || ! echo 'int main(void) { return 0; }' | \
	    $(CLANG) -fopenmp -x c - -o /dev/null 2>/dev/null; then \
	    echo "SKIPPED check-compilers: it needs gcc, clang and libomp (Debian: gcc clang libomp-dev)" >&2; \
	else \
	    $(MAKE) FLAVOUR=gcc CC=gcc lib && $(MAKE) FLAVOUR=clang CC="$(CLANG)" lib && \
	    WITH_GCC=build/gcc WITH_CLANG=build/clang CLANG="$(CLANG)" sh tests/loading/compilers.sh; \
	fi

check-builds: ## other builds: -flto, for another processor, by compilers that are too old, in other folders
	$(Q)CC="$(CC)" MAKE="$(MAKE) --no-print-directory" VERSION=$(VERSION) sh tests/builds.sh

# A server that is closed early refuses a quarter of them: a million jobs run.
STRESS_JOBS ?= 1340000
stress: $(STRESSES) ## the stress programs: the job server from many threads, also with delays where threads hand over
	$(Q)set -e; for program in $^; do for seed in 1 2 3; do \
	    echo "$$program $$seed $(STRESS_JOBS)"; \
	    YOKE_DELAY_SEED=$$seed $$program $$seed $(STRESS_JOBS); done; done
	$(if $(filter release,$(FLAVOUR)),$(Q)$(MAKE) FLAVOUR=delays stress)

$(STRESSES): %: %.o $(LIB_OBJECTS)
	$(if $(Q),@echo "  LINK $@")
	$(Q)$(LINK) -o $@ $^ $(LIBS)

# Each seed walks on its own, all at the same time. What fails is made short and told.
SEED    ?= 1 2
SECONDS ?= 60
# LLVM's OpenMP threads spin for 200 ms before they sleep, with many more threads than processors.
walk: $(WALK) ## a random walk through the whole public API: SEED="1 2" SECONDS=60
	$(Q)KMP_BLOCKTIME=0 $(WALK) --seconds=$(SECONDS) $(SEED)

$(WALK): $(WALK_PARTS) $(STATIC)
	$(if $(Q),@echo "  LINK $@")
	$(Q)$(LINK) -o $@ $^ $(LIBS)

# Another processor, or another C library: everything is compiled for it, and what needs neither OpenMP
# nor hwloc is tested under an emulator: kernels, sums, what is stored and what is sent. The headers of
# hwloc say the same for all. CROSS=musl- EMULATOR=env is musl on this machine.
CROSS    ?= aarch64-linux-gnu-
EMULATOR ?= qemu-$(patsubst powerpc%,ppc%,$(firstword $(subst -, ,$(CROSS))))
check-cross: ## the tests for another processor, emulated: CROSS=s390x-linux-gnu- [EMULATOR=qemu-s390x]
	$(Q)if ! command -v $(CROSS)gcc >/dev/null || ! command -v $(EMULATOR) >/dev/null; then \
	    echo "SKIPPED check-cross: it needs $(CROSS)gcc and $(EMULATOR) (Debian:" \
	        "gcc-$(CROSS:%-=%) and qemu-user, or musl-tools)"; \
	else \
	    $(MAKE) FLAVOUR=$(CROSS:%-=%) CC=$(CROSS)gcc CFLAGS="-O2 -ffunction-sections" PKG_CONFIG=true \
	        WITH_CLUSTER=no CRITERION_CFLAGS="-isystem tests/cross" HWLOC_CFLAGS="-idirafter /usr/include \
	        -idirafter /usr/include/`$(BUILD_CC) -print-multiarch`" EMULATOR="$(EMULATOR)" cross-tests; \
	fi

CROSS_TESTS   := $(patsubst %,$(BUILD)/tests/%.o,$(addprefix test_,base checkpoint expression gourdon_wide \
                   interval kernels large lucy primality prime_iterator) cluster/test_wire cross/check cross/no_server \
                   cross/sieve)
CROSS_FUZZERS := $(addprefix $(BUILD)/tests/fuzz/,arguments checkpoint expression message)
CROSS_PARTS   := $(filter $(BUILD)/lib/base/% $(BUILD)/lib/primes/%,$(LIB_OBJECTS)) $(APP_PARTS) \
                   $(addprefix $(BUILD)/lib/cluster/,wire.o servers.o)
# What no test calls is left out, so that what it would need may be missing.
CROSS_LINK     = $(CC) $(CFLAGS) -static -Wl,--gc-sections -Wl,--unresolved-symbols=ignore-all
cross-tests: $(LIB_OBJECTS) $(CROSS_TESTS) $(CROSS_PARTS) $(CROSS_FUZZERS:=.o) $(BUILD)/tests/fuzz/replay.o
	$(Q)$(CROSS_LINK) -o $(BUILD)/tests/cross/check $(CROSS_TESTS) $(CROSS_PARTS) -lm
	$(Q)$(EMULATOR) $(BUILD)/tests/cross/check
	$(Q)set -e; for program in $(CROSS_FUZZERS); do \
	    $(CROSS_LINK) -o $$program $$program.o $(BUILD)/tests/fuzz/replay.o $(CROSS_PARTS) \
	        $(BUILD)/tests/cross/no_server.o -lm; \
	    $(EMULATOR) $$program tests/fuzz/corpus/`basename $$program`; done

asan ubsan: ## the tests under AddressSanitizer, UndefinedBehaviorSanitizer
	$(Q)$(MAKE) FLAVOUR=$@ CFLAGS="-O1 -g" check

# What three analyzers find: gcc's, clang-tidy (.clang-tidy tells why some checks are left out) and
# cppcheck. gcc 12 takes a vector's number of elements for the width of one, so its check of shifts is
# off; it takes memory for lost that a caller's structure keeps, and AddressSanitizer, which looks for
# lost memory in every test, does not.
ANALYZED := $(filter-out $(if $(CLUSTER),,lib/cluster/% apps/yoke_cluster.c apps/sum_primes_cluster.c) \
    apps/reverse_md5.c,$(wildcard lib/*/*.c lib/*/*/*.c apps/*.c apps/*/*.c bench/*.c bench/*/*.c))
PORTABLE := $(filter-out %/avx2.c %/avx512.c,$(ANALYZED))
ANALYZE_FLAGS = $(COMMON) -Iinclude -Ilib -I$(BUILD)/lib -Iapps -Ibench $(HWLOC_CFLAGS) $(NATS_CFLAGS)
check-structure: $(TRACE_PAGE) ## no calls in a ring among the modules of lib/, and none up
	$(Q)FLAGS="$(ANALYZE_FLAGS)" sh tests/structure.sh build/structure $(filter lib/%,$(PORTABLE))

analyze: $(TRACE_PAGE) ## look for defects without running anything (gcc -fanalyzer, clang-tidy, cppcheck)
	@missing=`for tool in clang-tidy cppcheck; do command -v $$tool >/dev/null || echo $$tool; done`; \
	if [ "$$missing" ]; then \
	    echo "SKIPPED analyze: it needs" $$missing "(Debian: clang-tidy cppcheck)"; \
	else \
	    set -e; \
	    printf '%s\n' $(PORTABLE) | xargs -P `nproc` -I{} gcc $(ANALYZE_FLAGS) -O1 -fanalyzer \
	        -Wno-analyzer-shift-count-overflow -Wno-analyzer-malloc-leak -Werror -c {} -o /dev/null; \
	    printf '%s\n' $(PORTABLE) | xargs -P `nproc` -n 4 sh -c 'clang-tidy --quiet "$$@" -- \
	        $(ANALYZE_FLAGS) 2>build/clang-tidy.log || { cat build/clang-tidy.log >&2; exit 1; }' -; \
	    cppcheck --quiet --enable=warning,performance,portability --std=c11 \
	        --suppress=uninitvar:lib/primes/kernels/leaves.h \
	        --suppress=shiftTooManyBitsSigned:lib/primes/kernels/loops.h --error-exitcode=1 \
	        -D_GNU_SOURCE -D__x86_64__ -Iinclude -Ilib -I$(BUILD)/lib -Iapps -Ibench $(ANALYZED); \
	    echo "gcc -fanalyzer, clang-tidy and cppcheck find nothing in $(words $(ANALYZED)) files"; \
	fi

# What an earlier build counted does not fit this one's programs. One test gives its rights up and
# cannot write what it counted: where everything is well nobody has to read of that.
COVERED ?= 90
GCOVR   ?= gcovr
coverage: ## the tests, and how many lines of lib/ they run; fails below COVERED percent
	@if ! command -v $(GCOVR) >/dev/null; then \
	    echo "SKIPPED coverage: it needs gcovr (Debian: gcovr)" >&2; \
	else \
	    set -e; mkdir -p build/coverage/lines; \
	    find build/coverage -name '*.gcda' -delete; \
	    GCOV_ERROR_FILE=/dev/null $(MAKE) FLAVOUR=$@ CC=gcc CFLAGS="-O1 -g" check; \
	    $(GCOVR) --root . --filter lib/ --fail-under-line $(COVERED) --print-summary \
	        --html-details build/coverage/lines/index.html build/coverage; \
	    echo "line by line: build/coverage/lines/index.html"; \
	fi

# GCC's OpenMP run-time is not instrumented, so its barriers look like races. LLVM's tells the
# sanitizer of them through Archer. Criterion does not start under ThreadSanitizer at all.
tsan: ## the stress programs under ThreadSanitizer (clang, libomp, Archer)
	@archer=`$(CLANG) -print-resource-dir 2>/dev/null`/../../libarcher.so; \
	if [ -e "$$archer" ] && echo 'int main(void) { return 0; }' | \
	    $(CLANG) -fopenmp -fsanitize=thread -x c - -o /dev/null 2>/dev/null; then \
	    OMP_TOOL_LIBRARIES=$$archer TSAN_OPTIONS="ignore_noninstrumented_modules=1 $$TSAN_OPTIONS" \
	        $(MAKE) FLAVOUR=tsan CC="$(CLANG)" CFLAGS="-O1 -g" STRESS_JOBS=50000 SECONDS=30 stress walk; \
	else \
	    echo "SKIPPED tsan: it needs clang with ThreadSanitizer, libomp and Archer" \
	        "(Debian: clang libclang-rt-dev libomp-dev)" >&2; \
	fi

##@ Installing

# Done when this is reached: see DEPS.
deps: ## install what building and testing needs and this machine lacks
deps-peers: ## install what the benchmark compares with (primesieve, oneTBB)
deps deps-peers:
	@:

# Where users of each language look. Python: where python3 looks below PREFIX, whether or not that is
# there already; else as Debian has it, so that uninstall finds what came before Python did.
INCLUDEDIR = $(PREFIX)/include/yoke
PYTHONDIR ?= $(or $(call ask,PYTHON_FINDS,python3 -c 'import site; print(next(p for p in \
               site.getsitepackages() + [site.getusersitepackages()] * bool(site.ENABLE_USER_SITE) \
               if p.startswith("$(PREFIX)/lib/")))'),$(PYTHON_ELSE))
PYTHON_ELSE = $(PREFIX)/lib/python3/dist-packages
MANDIR    ?= $(PREFIX)/share/man
BASHDIR   ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR    ?= $(PREFIX)/share/zsh/site-functions
CMAKEDIR   = $(LIBDIR)/cmake/yoke
PREFIX_FROM_CMAKE = $(call ask,CMAKE_TO_PREFIX,realpath -ms --relative-to=$(call QUOTE,$(CMAKEDIR)) \
                      $(call QUOTE,$(PREFIX)))
DOCDIR     = $(PREFIX)/share/doc/yoke

# Any of these folders may have blanks in its name, and uninstall removes those that are made here.
# $(call put,MODE,FILES,FOLDER), and a template's @WORDS@ filled in: $(call fill,TEMPLATE,FOLDER)
folders = DESTDIR=$(call QUOTE,$(DESTDIR)) sh lib/folders.sh $(1) $(call QUOTE,$(DOCDIR)/folders)
put  = $(Q)$(call folders,make) $(call QUOTE,$(3)) && \
         install -m $(1) -t $(call QUOTE,$(DESTDIR)$(3)) $(2)
fill = $(Q)$(call folders,make) $(call QUOTE,$(2)) && \
         sed $(foreach word,PREFIX LIBDIR PYTHONDIR VERSION MAJOR MINOR PREFIX_FROM_CMAKE HWLOC_LIBS \
         NATS_LIBS STACK,-e $(call QUOTE,s|@$(word)@|$(subst |,\|,$(subst &,\&,$($(word))))|)) \
         $(1) > $(call QUOTE,$(DESTDIR)$(2)/$(basename $(notdir $(1))))

# $(call put_library,NAME): shared, static and for pkg-config
define put_library
$(call put,644,$(BUILD)/$(1).a,$(LIBDIR))
	$(call put,755,$(BUILD)/$(1).so.$(VERSION),$(LIBDIR))
	$(Q)ln -sf $(1).so.$(VERSION) $(call QUOTE,$(DESTDIR)$(LIBDIR)/$(1).so.$(MAJOR))
	$(Q)ln -sf $(1).so.$(MAJOR) $(call QUOTE,$(DESTDIR)$(LIBDIR)/$(1).so)
	$(call fill,lib/$(1:lib%=%).pc.in,$(LIBDIR)/pkgconfig)
endef

man: $(BUILD)/man/made ## the manual: yoke(1) from the program's help, section 3 from the headers

MAN_HEADERS := $(filter-out %/compiler.h,$(sort $(wildcard include/yoke/*.h)))
$(BUILD)/man/made: $(MAN_HEADERS) $(APPS:%=$(BUILD)/%) lib/manual.sh lib/manual.awk apps/manual.sh \
    apps/manual.awk
	$(if $(Q),@echo "  MAN  $(@D)")
	$(Q)rm -rf $(@D) && mkdir -p $(@D)
	$(Q)sh lib/manual.sh $(@D)/man3 $(VERSION) $(MAN_HEADERS)
	$(Q)BUILD_CC="$(BUILD_CC)" sh apps/manual.sh $(BUILD)/apps/yoke $(VERSION) > $(@D)/yoke.1
	$(Q)touch $@

install: lib apps man ## libraries, headers, bindings, programs, manual and completion under PREFIX
	$(call put_library,libyoke)
	$(if $(CLUSTER),$(call put_library,libyoke_cluster))
	$(call put,755,$(BUILD)/apps/yoke $(if $(CLUSTER),$(BUILD)/apps/yoke_cluster),$(PREFIX)/bin)
	$(call put,644,include/yoke/*.h include/yoke/*.hpp lib/bindings/yoke.f90,$(INCLUDEDIR))
	$(call put,644,lib/bindings/yoke.py,$(PYTHONDIR))
	$(if $(CLUSTER),$(call put,644,$(CLUSTER_DOCS),$(DOCDIR)))
	$(call fill,lib/yokeConfig.cmake.in,$(CMAKEDIR))
	$(call fill,lib/yokeConfigVersion.cmake.in,$(CMAKEDIR))
	$(call put,644,$(BUILD)/man/yoke.1,$(MANDIR)/man1)
	$(call put,644,$(BUILD)/man/man3/*.3,$(MANDIR)/man3)
	$(call put,644,apps/completion/yoke.bash,$(BASHDIR))
	$(Q)mv $(call here,$(BASHDIR),yoke.bash yoke)
	$(call put,644,apps/completion/_yoke,$(ZSHDIR))
	$(if $(DESTDIR),,$(Q)CC="$(CC)" PKG_CONFIG="$(PKG_CONFIG)" PREFIX="$(PREFIX)" LIBDIR="$(LIBDIR)" \
	    PYTHONDIR="$(PYTHONDIR)" MANDIR="$(MANDIR)" sh lib/installed.sh)

# $(call here,FOLDER,FILES): each of them as a word of the shell
here = $(foreach file,$(2),$(call QUOTE,$(DESTDIR)$(1)/$(file)))
uninstall: ## remove what install put there
	rm -f $(call here,$(PREFIX)/bin,yoke yoke_cluster) \
	    $(call here,$(LIBDIR)/pkgconfig,yoke.pc yoke_cluster.pc) \
	    $(call here,$(LIBDIR),$(foreach end,.a .so .so.$(MAJOR) .so.$(VERSION),libyoke$(end) libyoke_cluster$(end))) \
	    $(call here,$(PYTHON_ELSE),yoke.py) $(call here,$(PYTHONDIR),yoke.py) \
	    $(call QUOTE,$(DESTDIR)$(PYTHONDIR)/__pycache__)/yoke.*.pyc \
	    $(call here,$(BASHDIR),yoke) $(call here,$(ZSHDIR),_yoke) $(call here,$(MANDIR),man1/yoke.1 man3/yoke.3) \
	    $(call QUOTE,$(DESTDIR)$(MANDIR)/man3)/yoke_*.3 $(call here,$(DOCDIR),$(notdir $(CLUSTER_DOCS)))
	rm -rf $(call QUOTE,$(DESTDIR)$(INCLUDEDIR)) $(call QUOTE,$(DESTDIR)$(CMAKEDIR))
	$(Q)rmdir $(call QUOTE,$(DESTDIR)$(PYTHONDIR)/__pycache__) 2>/dev/null || true
	$(Q)$(call folders,remove)

dist: ## the sources of this commit as an archive, build/yoke-VERSION.tar.gz
	@mkdir -p build
	git archive --prefix=yoke-$(VERSION)/ -o build/yoke-$(VERSION).tar.gz HEAD

# Debian's own folders for libraries, Python and zsh.
MULTIARCH = $(call ask,DEBIAN_MULTIARCH,$(CC) -print-multiarch)
deb: ## a Debian package, build/yoke_VERSION_ARCHITECTURE.deb
	$(Q)rm -rf build/deb
	$(Q)$(MAKE) --no-print-directory install DESTDIR=$(call QUOTE,$(CURDIR)/build/deb) PREFIX=/usr \
	    LIBDIR=/usr/lib/$(MULTIARCH) PYTHONDIR=/usr/lib/python3/dist-packages \
	    ZSHDIR=/usr/share/zsh/vendor-completions
	$(Q)sh lib/deb.sh build/deb $(VERSION) build

check-deb: deb ## install, use and remove the package on the Debian in the folder CHROOT
	$(Q)CHROOT="$(CHROOT)" sh tests/deb.sh build/yoke_$(VERSION)_*.deb

##@ Housekeeping

clean: ## remove everything that was built
	rm -rf build $(APPS) $(BENCHES)

help: ## this list
	@awk -F ':.*## ' '/^##@/ {print "\n" substr($$0, 5)} \
	    /^[a-z].*:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

FORCE:
.PHONY: all lib apps bench bench-compare run run-cluster analyze check check-structure tests check-cross cross-tests check-builds check-compilers check-numa check-cluster \
    check-install coverage fuzz model stress walk asan ubsan tsan deps deps-peers \
    man install uninstall dist deb check-deb clean help FORCE

-include $(patsubst %.o,%.d,$(LIB_OBJECTS) $(FUZZERS:=.o) $(CLUSTER_OBJECTS) $(CLUSTER_TEST_OBJECTS) $(APP_PARTS) $(BENCH_PARTS) $(TEST_OBJECTS) \
    $(PROGRAMS:=.o) $(STRESSES:=.o) $(WALK_PARTS) $(ALLOCATIONS).o $(FAULTY).o $(NUMA).o \
    $(HOSTS:=.o) $(YOKE_CLUSTER_PARTS) $(CROSS_TESTS))
