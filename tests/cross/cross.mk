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

CROSS_TESTS   := $(patsubst %,$(BUILD)/tests/%.o,base/base apps/expression cluster/wire numeric/kernels $(addprefix primes/, \
                   checkpoint gourdon_wide lookups solver isa large lines lucy primality prime_iterator) \
                   $(addprefix cross/, check no_server sieve))
CROSS_FUZZERS := $(addprefix $(BUILD)/tests/fuzz/,arguments checkpoint expression message)
CROSS_PARTS   := $(filter $(addprefix $(BUILD)/lib/,base/% numeric/% primes/%),$(LIB_OBJECTS)) $(CLI_OBJECTS) \
                   $(filter %/wire.o %/servers.o,$(CLUSTER_OBJECTS))
# What no test calls is left out, so that what it would need may be missing.
CROSS_LINK     = $(CC) $(CFLAGS) -static -Wl,--gc-sections -Wl,--unresolved-symbols=ignore-all
cross-tests: $(LIB_OBJECTS) $(CROSS_TESTS) $(CROSS_PARTS) $(CROSS_FUZZERS:=.o) $(BUILD)/tests/fuzz/replay.o
	$(Q)$(CROSS_LINK) -o $(BUILD)/tests/cross/check $(CROSS_TESTS) $(CROSS_PARTS) -lm
	$(Q)$(EMULATOR) $(BUILD)/tests/cross/check
	$(Q)set -e; for program in $(CROSS_FUZZERS); do \
	    $(CROSS_LINK) -o $$program $$program.o $(BUILD)/tests/fuzz/replay.o $(CROSS_PARTS) \
	        $(BUILD)/tests/cross/no_server.o -lm; \
	    $(EMULATOR) $$program tests/fuzz/corpus/`basename $$program`; done
.PHONY: check-cross cross-tests
