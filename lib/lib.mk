# The libraries: libyoke, and where libnats is there libyoke_cluster, static and shared.

# No multiplication and addition is made one: that is another result where a processor can do it.
LIB_FLAGS = $(COMMON) -Iinclude -Ilib -I$(BUILD)/lib -fPIC -fvisibility=hidden -DYOKE_DEBUG=$(DEBUG_LEVEL) \
            -ffp-contract=off $(HWLOC_CFLAGS)
# The cluster sees the public headers and its own: it could be anybody's.
CLUSTER_FLAGS = $(COMMON) -Iinclude -Ilib -fPIC -fvisibility=hidden $(NATS_CFLAGS)

LIB_OBJECTS     := $(call objects,lib/base lib/topology lib/server lib/numeric lib/primes)
# Structs of other versions are read there as here, so it takes in the file that does.
CLUSTER_OBJECTS := $(call objects,lib/cluster) $(BUILD)/lib/base/extensible.o
STATIC          := $(BUILD)/libyoke.a
SHARED          := $(BUILD)/libyoke.so.$(VERSION)
CLUSTER_STATIC  := $(BUILD)/libyoke_cluster.a
CLUSTER_SHARED  := $(BUILD)/libyoke_cluster.so.$(VERSION)

lib: $(STATIC) $(SHARED) $(if $(CLUSTER),$(CLUSTER_STATIC) $(CLUSTER_SHARED)) ## the library, static and shared
.PHONY: lib

$(BUILD)/lib/%.o: FLAGS = $(LIB_FLAGS) $(KERNEL_FLAGS)
$(BUILD)/lib/cluster/%.o: FLAGS = $(CLUSTER_FLAGS)

# Each instruction set has a file that is compiled for it; lib/base/instruction_set.c alone decides
# which of them runs.
$(patsubst %,$(BUILD)/lib/%/isa/avx2.o,numeric primes): KERNEL_FLAGS = $(if $(X86),-mavx2 -mfma -mbmi \
    -mbmi2 -mpopcnt)
$(patsubst %,$(BUILD)/lib/%/isa/avx512.o,numeric primes): KERNEL_FLAGS = $(if $(X86),-mavx512f -mavx512bw \
    -mavx512dq -mavx512vl -mavx512bitalg -mavx512vbmi -mavx512vbmi2 -mavx512vnni -mbmi -mbmi2 -mpopcnt)
$(BUILD)/lib/primes/isa/x86_64_v2.o: KERNEL_FLAGS = $(if $(X86),-msse4.2 -mpopcnt)
# The phases and a test put themselves before functions of these (--wrap), which -flto would prevent.
$(patsubst %,$(BUILD)/lib/primes/%.o,isa/isa large sieve sieving_primes solver survivors): \
    KERNEL_FLAGS = -fno-lto

# A page for browsers, as C strings.
TRACE_HTML := $(firstword $(wildcard $(addprefix lib/server/,trace_page.html */trace_page.html)))
TRACE_PAGE := $(TRACE_HTML:%.html=$(BUILD)/%.inc)
$(TRACE_PAGE): $(TRACE_HTML) lib/lib.mk
	@mkdir -p $(@D)
	$(Q)sed 's/[\\"]/\\&/g; s/.*/"&\\n",/' $< > $@
$(filter %/trace_html.o,$(LIB_OBJECTS)): $(TRACE_PAGE)

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

$(SHARED): $(LIB_OBJECTS)
$(SHARED): LIBRARIES = $(LIBS)
$(CLUSTER_SHARED): $(CLUSTER_OBJECTS) $(SHARED)
$(CLUSTER_SHARED): LIBRARIES = -L$(BUILD) -lyoke $(NATS_LIBS)
$(SHARED) $(CLUSTER_SHARED): $(BUILD)/lib%.so.$(VERSION): lib/%.map
	$(if $(Q),@echo "  LINK $@")
	$(Q)$(SHARE) -Wl,-soname,lib$*.so.$(MAJOR) -Wl,--version-script=lib/$*.map -o $@ \
	    $(filter %.o,$^) $(LIBRARIES)
	$(Q)ln -sf $(@F) $(BUILD)/lib$*.so.$(MAJOR)
	$(Q)ln -sf lib$*.so.$(MAJOR) $(BUILD)/lib$*.so
