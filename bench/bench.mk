# The benchmarks.

# Peers that the benchmark compares with where they are installed.
PEER_CFLAGS    = $(call ask,PEER_CFLAGS,$(PKG_CONFIG) --exists primesieve && \
                   echo -DHAVE_PRIMESIEVE `$(PKG_CONFIG) --cflags primesieve`)
PEER_LIBS      = $(call ask,PEER_LIBS,$(PKG_CONFIG) --libs primesieve)
# The task runtimes. oneTBB is for C++: without a compiler for that, or where it was built by a newer
# one than the programs are linked by, its file is an empty object.
ONETBB_FLAGS   = $(call ask,ONETBB_FLAGS,$(PKG_CONFIG) --exists tbb && echo | \
                   $(CXX) -std=c++17 -x c++ -fsyntax-only -include optional - && \
                   echo 'int main(void) { return 0; }' | $(CC) -x c - -o /dev/null -Xlinker --no-as-needed \
                   `$(PKG_CONFIG) --libs tbb` -lstdc++ && \
                   echo -DHAVE_ONETBB `$(PKG_CONFIG) --cflags tbb`)
RUNTIME_CFLAGS = $(if $(ONETBB_FLAGS),-DHAVE_ONETBB) $(call ask,STARPU_CFLAGS,\
                   $(PKG_CONFIG) --exists starpu-1.3 && \
                   echo -DHAVE_STARPU `$(PKG_CONFIG) --cflags-only-I starpu-1.3`)
RUNTIME_LIBS   = $(if $(ONETBB_FLAGS),$(call ask,ONETBB_LIBS,\
                   $(PKG_CONFIG) --libs tbb) -lstdc++) $(call ask,STARPU_LIBS,\
                   $(PKG_CONFIG) --libs starpu-1.3)
BENCH_FLAGS    = $(PROGRAM_FLAGS) -Ibench $(PEER_CFLAGS) $(RUNTIME_CFLAGS)

BENCHES  := $(filter-out $(if $(CLUSTER),,bench/cluster_bench),$(basename $(sort $(wildcard bench/*.c))))
PHASES   := $(BUILD)/bench/sum_primes_phases
CALIBRATE := $(BUILD)/bench/calibrate
RUNTIME_BENCHES := $(addprefix $(BUILD)/bench/,fork_bench loop_bench submit_bench)
# The benchmarks whose pictures the tests look at.
MEASURES := $(BUILD)/bench/sum_primes_bench $(BUILD)/bench/loop_bench $(BUILD)/bench/fork_bench \
            $(PHASES) $(CALIBRATE)
PROGRAMS += $(BENCHES:%=$(BUILD)/%)

ifeq ($(FLAVOUR),release)
bench: $(BENCHES) ## the programs in bench/
else
bench: $(BENCHES:%=$(BUILD)/%)
endif

BASE ?=
bench-compare: $(STATIC) $(BUILD)/bench/compare_builds ## compare the speed with another revision: BASE=HEAD~1 [RUNS=20] [THRESHOLD=2]
	$(Q)CC="$(CC)" CFLAGS="$(CFLAGS)" LIBS="$(LIBS)" MAKE="$(MAKE) --no-print-directory" \
	    sh bench/compare/run.sh "$(BASE)" $(STATIC) $(BUILD)/bench/compare_builds \
	    $(if $(RUNS),--runs=$(RUNS)) $(if $(THRESHOLD),--threshold=$(THRESHOLD))

ISA   ?= all
WRITE ?=
calibrate: $(CALIBRATE) ## measure the constants of the cost model: [ISA=avx2] [WRITE=1] puts them into the source
	$(Q)$(CALIBRATE) --isa=$(ISA) $(if $(WRITE),--write=lib/primes/unit_costs.c)
.PHONY: bench bench-compare calibrate

$(BUILD)/bench/%.o: FLAGS = $(BENCH_FLAGS)
# The phases of the sieve are seen from inside.
$(BUILD)/bench/phases/%.o: FLAGS = $(BENCH_FLAGS) -Ilib
# The constants of the cost model are no business of the public headers.
$(CALIBRATE).o $(BUILD)/bench/calibration/%.o: FLAGS = $(BENCH_FLAGS) -Ilib

# The peer is not ours to check, so without sanitizers.
CXX_FLAGS = -std=c++17 -Wall -Wextra $(if $(filter 1,$(WERROR)),-Werror)
ONETBBS := $(patsubst %.cc,$(BUILD)/%.o,$(wildcard bench/*/onetbb.cc))
$(ONETBBS): $(BUILD)/%.o: %.cc $(BUILD)/flags bench/bench.mk
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CXX  $<")
	$(Q)$(if $(ONETBB_FLAGS),$(CXX) $(CPPFLAGS) $(CFLAGS) $(CXX_FLAGS) $(ANYWHERE) $(ONETBB_FLAGS) -Ibench -MMD -MP \
	    -c $< -o $@,$(CC) -x c -c /dev/null -o $@)

# Rounds and what they are summed up in are for every benchmark, each other folder for one or two.
PLOT_OBJECTS := $(call objects,bench/plot)
$(BENCHES:%=$(BUILD)/%): %: %.o $(CLI_OBJECTS)
$(BUILD)/bench/sum_primes_bench: $(call objects,bench/peers bench/rounds) $(PLOT_OBJECTS)
$(BUILD)/bench/sum_primes_bench: LIBRARIES = $(PEER_LIBS)
$(BUILD)/bench/submit_bench: $(call objects,bench/jobs) $(BUILD)/bench/jobs/onetbb.o
$(BUILD)/bench/loop_bench: $(call objects,bench/loops) $(BUILD)/bench/loops/onetbb.o
$(BUILD)/bench/fork_bench: $(filter-out %/lace.o,$(call objects,bench/forks)) $(BUILD)/bench/forks/onetbb.o
$(RUNTIME_BENCHES): $(call objects,bench/runtimes bench/rounds) $(PLOT_OBJECTS)
$(RUNTIME_BENCHES): LIBRARIES = $(RUNTIME_LIBS)
# What it compiles and loads finds the inner loops in it.
$(BUILD)/bench/fork_bench: LIBRARIES += -rdynamic
$(BUILD)/bench/compare_builds: $(call objects,bench/rounds)
$(BUILD)/bench/cluster_bench: $(call objects,bench/cluster) $(BUILD)/apps/commands/cluster/hub.o $(CLUSTER_STATIC)
$(BUILD)/bench/cluster_bench: LIBRARIES = $(NATS_LIBS)
$(PHASES): $(call objects,bench/phases bench/rounds) $(PLOT_OBJECTS) $(LIB_OBJECTS)
$(PHASES): WRAPPED = isa_choose sieving_primes_open sieve_open sieve_start large_cross_off survivors_test
$(CALIBRATE): $(call objects,bench/calibration bench/rounds) $(LIB_OBJECTS)
$(filter-out $(PHASES) $(CALIBRATE),$(BENCHES:%=$(BUILD)/%)): $(STATIC)
