# yoke: `make help` lists the targets.
#
# Variables: CC, CFLAGS, LDFLAGS, PREFIX, LIBDIR, DESTDIR, V=1 (show commands), WERROR=1.
# One object folder per flag set, build/<FLAVOUR>, so that flavours never mix.

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
SANITIZE       := $(SANITIZE_$(FLAVOUR))
BUILD          := build/$(FLAVOUR)
DEBUG_LEVEL    := $(if $(filter release,$(FLAVOUR)),0,1)

# ---- flags that are ours, apart from the user's CFLAGS -----------------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
            $(if $(filter 1,$(WERROR)),-Werror)
HWLOC_CFLAGS := $(shell pkg-config --cflags hwloc 2>/dev/null)
HWLOC_LIBS   := $(shell pkg-config --libs hwloc 2>/dev/null || echo -lhwloc)
CRITERION_CFLAGS := $(shell pkg-config --cflags criterion 2>/dev/null)
CRITERION_LIBS   := $(shell pkg-config --libs criterion 2>/dev/null || echo -lcriterion)
COMMON   := -std=c11 -D_GNU_SOURCE $(WARNINGS) $(SANITIZE) -fopenmp -MMD -MP
LIB_FLAGS := $(COMMON) -Iinclude -Ilib -fPIC -fvisibility=hidden -DYOKE_DEBUG=$(DEBUG_LEVEL) \
             $(HWLOC_CFLAGS)
LIBS     := $(HWLOC_LIBS) -lm
X86      := $(findstring x86_64,$(shell $(CC) -dumpmachine))

# ---- what there is ------------------------------------------------------------------------------

LIB_SOURCES   := $(wildcard lib/base/*.c lib/topology/*.c lib/server/*.c lib/primes/*.c \
                            lib/primes/*/*.c)
LIB_OBJECTS   := $(LIB_SOURCES:%.c=$(BUILD)/%.o)
APP_COMMON    := $(wildcard apps/*/*.c)
APPS          := $(patsubst apps/%.c,%,$(wildcard apps/*.c))
BENCHES       := $(patsubst bench/%.c,%,$(wildcard bench/*.c))
TEST_SOURCES  := $(wildcard tests/test_*.c)
STRESSES      := $(patsubst tests/%.c,%,$(wildcard tests/stress_*.c))
STATIC        := $(BUILD)/libyoke.a
SHARED        := $(BUILD)/libyoke.so.$(VERSION)
PROGRAMS      := $(APPS:%=$(BUILD)/apps/%) $(BENCHES:%=$(BUILD)/bench/%)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

##@ Building

all: lib apps bench ## everything but the tests
lib: $(STATIC) $(SHARED) ## the library, static and shared
apps: $(APPS:%=apps/%) ## the programs in apps/
bench: $(BENCHES:%=bench/%) ## the programs in bench/

# Each kernel file is compiled for its instruction set; the dispatch alone decides who runs it.
$(BUILD)/lib/primes/kernels/avx2.o: KERNEL_FLAGS = $(if $(X86),-mavx2 -mbmi -mbmi2 -mpopcnt)
$(BUILD)/lib/primes/kernels/avx512.o: KERNEL_FLAGS = $(if $(X86),-mavx512f -mavx512bw -mavx512dq \
    -mavx512vl -mavx512vpopcntdq -mavx512vbmi -mavx512vbmi2 -mbmi -mbmi2 -mpopcnt)

$(BUILD)/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC   $<")
	$(Q)$(CC) $(CFLAGS) $(LIB_FLAGS) $(KERNEL_FLAGS) -c $< -o $@

# Programs see include/ and nothing else of ours: this line is the layering rule.
$(BUILD)/apps/%.o $(BUILD)/bench/%.o: FLAGS = $(COMMON) -Iinclude
$(BUILD)/tests/%.o: FLAGS = $(COMMON) -Iinclude -Ilib $(HWLOC_CFLAGS) $(CRITERION_CFLAGS)
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC   $<")
	$(Q)$(CC) $(CFLAGS) $(FLAGS) -c $< -o $@

# One object in which the hidden symbols are made local, so that a program that links statically
# can use any name but the public ones.
$(BUILD)/libyoke.o: $(LIB_OBJECTS)
	$(if $(Q),@echo "  LD   $@")
	$(Q)$(LD) -r $^ -o $@
	$(Q)objcopy --localize-hidden $@

$(STATIC): $(BUILD)/libyoke.o
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $<

$(SHARED): $(LIB_OBJECTS) lib/yoke.map
	$(if $(Q),@echo "  LINK $@")
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -shared -fopenmp -Wl,-soname,libyoke.so.$(MAJOR) \
	    -Wl,--version-script=lib/yoke.map -o $@ $(LIB_OBJECTS) $(LIBS)
	$(Q)ln -sf $(@F) $(BUILD)/libyoke.so.$(MAJOR)
	$(Q)ln -sf libyoke.so.$(MAJOR) $(BUILD)/libyoke.so

$(PROGRAMS): $(BUILD)/%: $(BUILD)/%.o $(APP_COMMON:%.c=$(BUILD)/%.o) $(STATIC)
	$(if $(Q),@echo "  LINK $@")
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -fopenmp -o $@ $^ $(PEER_LIBS) $(LIBS)

# Users run programs where their sources lie.
$(APPS:%=apps/%) $(BENCHES:%=bench/%): %: $(BUILD)/%
	$(Q)cp -f $< $@

##@ Testing

TESTS := $(BUILD)/tests/check

check: $(TESTS) apps ## build and pass the tests
	$(Q)$(TESTS) $(TEST_ARGUMENTS)

$(TESTS): $(TEST_SOURCES:%.c=$(BUILD)/%.o) $(LIB_OBJECTS)
	$(if $(Q),@echo "  LINK $@")
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -fopenmp -o $@ $^ $(CRITERION_LIBS) $(LIBS)

$(STRESSES:%=$(BUILD)/tests/%): %: %.o $(LIB_OBJECTS)
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -fopenmp -o $@ $^ $(LIBS)

asan ubsan: ## the tests under AddressSanitizer, UndefinedBehaviorSanitizer
	$(Q)$(MAKE) FLAVOUR=$@ CFLAGS="-O1 -g" check

##@ Housekeeping

clean: ## remove everything that was built
	rm -rf build $(APPS:%=apps/%) $(BENCHES:%=bench/%)

help: ## this list
	@awk -F ':.*## ' '/^##@/ {print "\n" substr($$0, 5)} \
	    /^[a-z].*:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

.PHONY: all lib apps bench check asan ubsan tsan clean help

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
