# The tests: a folder for each folder of lib/, for apps/ and for bench/, and others, named after what
# they check, for what is not built on Criterion.

CRITERION_CFLAGS = $(call ask,CRITERION_CFLAGS,$(PKG_CONFIG) --cflags criterion)
CRITERION_LIBS   = $(call ask,CRITERION_LIBS,$(PKG_CONFIG) --libs criterion || echo -lcriterion)
TEST_FLAGS       = $(COMMON) -DYOKE_DEBUG=$(DEBUG_LEVEL) -Iinclude -Ilib -Iapps -Ibench -Itests/harness \
                   -DYOKE_BUILD='"$(BUILD)"' $(HWLOC_CFLAGS) $(CRITERION_CFLAGS)

$(BUILD)/tests/%.o: FLAGS = $(TEST_FLAGS)
$(BUILD)/tests/cluster/%.o: FLAGS = $(TEST_FLAGS) $(NATS_CFLAGS)
$(BUILD)/tests/walk/%.o: FLAGS = $(COMMON) -Iinclude -Itests/harness

TESTS         := $(BUILD)/tests/check
CLUSTER_TESTS := $(if $(CLUSTER),$(BUILD)/tests/check_cluster)
ALLOCATIONS   := $(BUILD)/tests/faults/allocations
FAULTY        := $(BUILD)/tests/faults/faulty_yoke
LOOKS         := $(BUILD)/tests/cancellation/looks
WALK          := $(BUILD)/tests/walk/walk
FUZZERS       := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(filter-out %/replay.c \
                   $(if $(CLUSTER),,%/message.c),$(sort $(wildcard tests/fuzz/*.c))))
STRESSES      := $(patsubst %.c,$(BUILD)/%,$(call sources,tests/stress))
NUMA          := $(BUILD)/tests/numa/numa
# The program that submits in check-cluster.
HOSTS         := $(if $(CLUSTER),$(BUILD)/tests/hosts/jobs)
CHECKED       := $(TESTS) $(CLUSTER_TESTS) $(ALLOCATIONS) $(LOOKS) $(FAULTY) $(FUZZERS) $(WALK)
PROGRAMS      += $(CHECKED) $(STRESSES) $(NUMA) $(HOSTS)

# Tests have threads of their own, so a process for every processor would drown the machine: two
# tests at a time keep two cores busy and leave a machine of 64 with room for each.
TEST_ARGUMENTS ?= --jobs 2

check: check-criterion ## build and pass the tests
	$(Q)$(ALLOCATIONS)
	$(Q)$(LOOKS)
	$(Q)$(WALK) --seconds=5 1 2
	$(Q)set -e; for program in $(FUZZERS); do \
	    $$program tests/fuzz/corpus/`basename $$program`; done

check-criterion: lib apps $(MEASURES) $(CHECKED) ## those of them that are built on Criterion
	$(Q)$(TESTS) $(TEST_ARGUMENTS)
	$(if $(CLUSTER),$(Q)$(CLUSTER_TESTS) $(TEST_ARGUMENTS))

check-library: lib apps $(CHECKED) ## those of the library alone, without programs and cluster
	$(Q)$(TESTS) $(TEST_ARGUMENTS) --filter '!(cli|bindings|long_runs)/*'

tests: $(CHECKED) $(STRESSES) ## build the tests without running them
.PHONY: check check-criterion check-library tests

# ---- what the programs are made of ---------------------------------------------------------------

SANITIZERS := $(BUILD)/tests/harness/sanitizers.o
$(TESTS): $(call objects,$(addprefix tests/,apps base bench bindings numeric primes server structure topology)) \
    $(call objects,bench/calibration) $(SANITIZERS) $(CLI_OBJECTS) $(PLOT_OBJECTS) $(LIB_OBJECTS)
$(TESTS): LIBRARIES = $(CRITERION_LIBS)

ifneq ($(CLUSTER),)
$(CLUSTER_TESTS): $(call objects,tests/cluster) $(SANITIZERS) $(sort $(CLUSTER_OBJECTS) $(LIB_OBJECTS))
$(CLUSTER_TESTS): LIBRARIES = $(CRITERION_LIBS) $(NATS_LIBS)
$(HOSTS): %: %.o $(CLUSTER_STATIC) $(STATIC)
$(HOSTS): LIBRARIES = $(NATS_LIBS)
endif

# The calls of the library that go to each program instead.
$(ALLOCATIONS): WRAPPED = malloc calloc realloc aligned_alloc posix_memalign mmap strdup asprintf \
    vasprintf open_memstream fopen hwloc_bitmap_alloc hwloc_bitmap_dup hwloc_bitmap_list_asprintf
$(LOOKS): WRAPPED = running_job terms_part
$(FAULTY): WRAPPED = solver_totals sieve_next
$(NUMA): WRAPPED = posix_memalign free
$(WALK): WRAPPED = yoke_fork_look yoke_join_look

$(ALLOCATIONS) $(LOOKS) $(FAULTY) $(STRESSES): %: %.o $(LIB_OBJECTS)
$(FAULTY): $(BUILD)/apps/yoke.o $(CLI_OBJECTS) $(COMMAND_OBJECTS)
$(NUMA): $(call objects,tests/numa) $(LIB_OBJECTS)
$(WALK): $(call objects,tests/walk) $(STATIC)

# The target and what feeds it: libFuzzer, or a replay of what that has kept.
$(FUZZERS): %: %.o $(CLI_OBJECTS) $(LIB_OBJECTS) $(if $(CLUSTER),$(filter %/wire.o,$(CLUSTER_OBJECTS)))
ifeq ($(FLAVOUR),fuzz)
$(FUZZERS): LIBRARIES = -fsanitize=fuzzer
else
$(FUZZERS): $(BUILD)/tests/fuzz/replay.o
endif

# ---- checks of their own -------------------------------------------------------------------------

# What is new is kept in build/fuzz/new; the smallest set of inputs that reaches the same code goes
# into the corpus by hand, with libFuzzer's -merge=1.
FUZZ_SECONDS ?= 600
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

model: ## the wake-up protocol, jobs, waits and forks, searched by a model checker (spin)
	$(Q)CC="$(CC)" sh tests/model/run.sh build/model

check-numa: $(NUMA) ## the job server on emulated machines of several NUMA nodes (qemu)
	$(Q)sh tests/numa/run.sh $(NUMA) build/numa

CLUSTER_JOBS ?= 2100
check-cluster: apps $(HOSTS) ## three hosts (network namespaces) with hubs and nodes that die; as root
	$(Q)$(if $(CLUSTER),sh tests/hosts/run.sh $(BUILD)/apps $(HOSTS) $(CLUSTER_JOBS),\
	    echo "SKIPPED check-cluster: it needs libnats (make deps)" >&2)

check-install: lib apps ## install into a temporary folder and build programs against it
	$(Q)sh tests/build/deps.sh
	$(Q)CC="$(CC)" MAKE="$(MAKE) --no-print-directory" VERSION=$(VERSION) sh tests/install/install.sh

IS_GCC = [ "`$(CC) -print-prog-name=cc1`" = "`gcc -print-prog-name=cc1`" ]
# Each compiler brings an OpenMP library, and the linker decides whose the process gets.
check-compilers: ## programs and libraries of gcc and clang, in every combination
	$(Q)if ! command -v gcc >/dev/null || ! echo 'int main(void) { return 0; }' | \
	    $(CLANG) -fopenmp -x c - -o /dev/null 2>/dev/null; then \
	    echo "SKIPPED check-compilers: it needs gcc, clang and libomp (Debian: gcc clang libomp-dev)" >&2; \
	else \
	    $(IS_GCC) && with_gcc=$(BUILD) || with_gcc=build/gcc; \
	    { $(IS_GCC) && $(MAKE) lib || $(MAKE) FLAVOUR=gcc CC=gcc lib; } && \
	    $(MAKE) FLAVOUR=clang CC="$(CLANG)" lib && \
	    WITH_GCC=$$with_gcc WITH_CLANG=build/clang CLANG="$(CLANG)" sh tests/loading/compilers.sh; \
	fi

check-builds: ## other builds: -flto, for another processor, by compilers that are too old, in other folders
	$(Q)CC="$(CC)" MAKE="$(MAKE) --no-print-directory" VERSION=$(VERSION) sh tests/build/builds.sh

# A server that is closed early refuses a quarter of them: a million jobs run.
STRESS_JOBS ?= 1340000
stress: $(STRESSES) ## the stress programs: the job server from many threads, also with delays where threads hand over
	$(Q)set -e; for program in $^; do for seed in 1 2 3; do \
	    echo "$$program $$seed $(STRESS_JOBS)"; \
	    YOKE_DELAY_SEED=$$seed $$program $$seed $(STRESS_JOBS); done; done
	$(if $(filter release,$(FLAVOUR)),$(Q)$(MAKE) FLAVOUR=delays stress)

# Each seed walks on its own, all at the same time. What fails is made short and told.
SEED    ?= 1 2
SECONDS ?= 60
# LLVM's OpenMP threads spin for 200 ms before they sleep, with many more threads than processors.
walk: $(WALK) ## a random walk through the whole public API: SEED="1 2" SECONDS=60
	$(Q)KMP_BLOCKTIME=0 $(WALK) --seconds=$(SECONDS) $(SEED)

CHECK ?= check
asan ubsan: ## the tests under AddressSanitizer, UndefinedBehaviorSanitizer: CHECK=check-criterion for less
	$(Q)$(MAKE) FLAVOUR=$@ CFLAGS="-O1 -g" $(CHECK)

# What three analyzers find: gcc's, clang-tidy (.clang-tidy tells why some checks are left out) and
# cppcheck. gcc 12 takes a vector's number of elements for the width of one, so its check of shifts is
# off; it takes memory for lost that a caller's structure keeps, and AddressSanitizer, which looks for
# lost memory in every test, does not. cppcheck does not see that OpenMP tasks write to an array.
ANALYZED := $(filter-out $(if $(CLUSTER),,lib/cluster/% apps/yoke_cluster.c apps/sum_primes_cluster.c) \
    apps/examples/reverse_md5.c bench/forks/lace.c,$(call sources,lib apps bench))
# A shift by all bits but one gives the sign; gcc and clang define it, and make vectors of it.
SIGN_SHIFTED := lines loops multiples_far_plain
PORTABLE := $(filter-out %/avx2.c %/avx512.c %/x86_64_v2.c,$(ANALYZED))
ANALYZE_FLAGS = $(COMMON) -Iinclude -Ilib -I$(BUILD)/lib -Iapps -Ibench $(HWLOC_CFLAGS) $(NATS_CFLAGS)
check-structure: $(TRACE_PAGE) ## no calls in a ring among the modules of lib/, and none up
	$(Q)FLAGS="$(ANALYZE_FLAGS)" sh tests/structure/structure.sh build/structure $(filter lib/%,$(PORTABLE))

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
	    cppcheck -j `nproc` --quiet --enable=warning,performance,portability --std=c11 \
	        --suppress=uninitvar:lib/primes/isa/leaves.h --suppress=uninitvar:bench/forks/openmp.c \
	        $(patsubst %,--suppress=shiftTooManyBitsSigned:lib/primes/isa/%.h,$(SIGN_SHIFTED)) \
	        --error-exitcode=1 \
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
.PHONY: fuzz model check-numa check-cluster check-install check-compilers check-builds stress walk asan ubsan tsan \
    check-structure analyze coverage
