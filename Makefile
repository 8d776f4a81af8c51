# yoke: `make help` lists the targets.
#
# Variables: CC, CFLAGS, CPPFLAGS, LDFLAGS, PREFIX, LIBDIR, DESTDIR, V=1 (show commands),
# WERROR=1. One object folder per flavour, build/FLAVOUR; whatever changes the flags rebuilds it.
#
# Here is what all folders have in common: flavours, flags, and the rules that compile and link. What
# a folder builds stands in a file of its own there: lib/lib.mk, apps/apps.mk, bench/bench.mk,
# tests/tests.mk, tests/cross/cross.mk, and for `make install` lib/install.mk.

# What the environment has set to nothing is not set: nobody means /lib.
$(foreach name,PREFIX LIBDIR PYTHONDIR MANDIR BASHDIR ZSHDIR CC CXX CFLAGS PKG_CONFIG FLAVOUR BUILD_CC, \
    $(if $(findstring environment,$(origin $(name))),$(if $($(name)),,$(eval undefine $(name)))))

CC      ?= cc
CXX     ?= g++
CLANG   ?= clang
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

# ---- what this machine has -----------------------------------------------------------------------

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

# The cluster needs libnats. Without it, and with WITH_CLUSTER=no, libyoke_cluster, its programs and
# its tests are left out: CLUSTER is yes where it is not refused and libnats is there.
export WITH_CLUSTER
NATS_CFLAGS      = $(call ask,NATS_CFLAGS,$(PKG_CONFIG) --cflags libnats)
NATS_LIBS        = $(call ask,NATS_LIBS,$(PKG_CONFIG) --libs libnats)
CLUSTER         := $(if $(filter no,$(WITH_CLUSTER)),,$(shell $(PKG_CONFIG) --exists libnats \
                     2>/dev/null && echo yes))

# In a cross build, the compiler for this machine.
BUILD_CC ?= cc
# The compiler knows its own objcopy and ar, also when it compiles for another processor.
OBJCOPY  = $(call ask,OBJCOPY,$(CC) -print-prog-name=objcopy)
ifeq ($(origin AR),default)
AR       = $(call ask,AR,$(CC) -print-prog-name=ar)
endif
X86      = $(findstring x86_64,$(call ask,MACHINE,$(CC) -dumpmachine))

# ---- flags that are ours, apart from the user's CFLAGS -----------------------------------------

# The folder of the build in no object, so that every folder gives the same bytes. (What counts lines
# has to find the sources.)
ANYWHERE := $(if $(filter-out coverage,$(FLAVOUR)),-ffile-prefix-map=$(call QUOTE,$(CURDIR))=.)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
            $(if $(filter 1,$(WERROR)),-Werror)
COMMON   := -std=c11 -D_GNU_SOURCE $(WARNINGS) $(SANITIZE) -fopenmp
# Programs see the public headers and what they share among themselves, apps/cli, but nothing of
# lib/: this line is the layering rule.
PROGRAM_FLAGS = $(COMMON) -Iinclude -Iapps $(MD5_CFLAGS)
LIBS          = $(HWLOC_LIBS) -lm
# Kernels get the stack that they would have under glibc: musl gives a thread 128 KiB, unless a program
# or a library that it starts with asks for more in this way, and takes no more than 8 MiB.
STACK         = -Wl,-z,stack-size=8388608
LINK          = $(CC) $(CFLAGS) $(ANYWHERE) $(SANITIZE) $(STACK) $(LDFLAGS) -fopenmp

# $(call sources,FOLDERS): all of a folder, at any depth. In one order everywhere: make before 4.3
# takes files as they lie in the folder.
sources = $(sort $(foreach folder,$(1),$(wildcard $(addprefix $(folder)/,*.c */*.c */*/*.c */*/*/*.c))))
objects = $(patsubst %.c,$(BUILD)/%.o,$(call sources,$(1)))

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

##@ Building

all: lib apps bench ## everything but the tests

# Each names the programs it has in PROGRAMS, and what they are made of as their prerequisites.
include lib/lib.mk
include apps/apps.mk
include bench/bench.mk

##@ Testing

include tests/tests.mk
include tests/cross/cross.mk

##@ Installing

include lib/install.mk

# What the compiler lacks that all of yoke needs: one line now instead of an error for every file.
LACKING = $(call ask,COMPILER_LACKS,$(CC) $(CPPFLAGS) $(CFLAGS) -include include/yoke/compiler.h -E \
            -x c /dev/null 2>&1 | grep -o 'yoke needs.*__int128' | head -n 1)

# Changes only when the flags do, and everything compiled depends on it.
$(BUILD)/flags: FORCE
	$(if $(LACKING),$(error $(LACKING); $(CC) $(CFLAGS) is none))
	@mkdir -p $(@D)
	@$(PKG_CONFIG) --exists hwloc 2>/dev/null || \
	    echo "note: pkg-config does not find hwloc; 'make deps' installs what is missing" >&2
	$(if $(WITHOUT_MD5),@echo "note: $(WITHOUT_MD5) is not built: 'make deps' installs what it needs" >&2)
	$(if $(CLUSTER)$(filter no,$(WITH_CLUSTER)),,@echo "note: the cluster is left out: 'make deps' installs libnats" >&2)
	@echo $(call QUOTE,$(shell $(CC) --version 2>/dev/null | head -n 1) $(CPPFLAGS) $(LIB_FLAGS) \
	    $(BENCH_FLAGS) $(TEST_FLAGS) $(CLUSTER_FLAGS) $(SHARE) $(LIBS)) > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(BUILD)/%.o: %.c $(BUILD)/flags $(MAKEFILE_LIST)
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC   $<")
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(FLAGS) $(ANYWHERE) -MMD -MP -c $< -o $@

# Calls of the functions in WRAPPED go to the program's own, __wrap_NAME().
$(PROGRAMS):
	$(if $(Q),@echo "  LINK $@")
	$(Q)$(LINK) $(WRAPPED:%=-Wl,--wrap=%) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBRARIES) $(LIBS)

# Users run programs where their sources lie.
$(APPS) $(BENCHES): %: $(BUILD)/%
	$(Q)cp -f $< $@

##@ Housekeeping

clean: ## remove everything that was built
	rm -rf build $(APPS) $(BENCHES)

help: ## this list
	@awk -F ':.*## ' 'function show() { \
	        if (/^##@/) print "\n" substr($$0, 5); \
	        else if (/^[a-z].*:.*## /) printf "  make %-16s %s\n", $$1, $$2 \
	    } \
	    sub(/^include /, "") { file = $$0; while ((getline <file) > 0) show(); next } \
	    { show() }' Makefile

FORCE:
.PHONY: all clean help FORCE

-include $(patsubst %.o,%.d,$(wildcard $(addprefix $(BUILD)/,*/*.o */*/*.o */*/*/*.o */*/*/*/*.o)))
