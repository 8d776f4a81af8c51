# The programs: the seed's apps/sum_primes, yoke, computations of a page each, and Parallel Python's
# other examples.

# What one example computes its sums with.
MD5_CFLAGS   = $(call ask,MD5_CFLAGS,$(PKG_CONFIG) --cflags libmd)
MD5_LIBS     = $(call ask,MD5_LIBS,$(PKG_CONFIG) --libs libmd)

# Left out where its library is missing.
WITHOUT_MD5  := $(shell $(PKG_CONFIG) --exists libmd 2>/dev/null || echo apps/examples/reverse_md5)
CLUSTER_APPS := apps/yoke_cluster apps/sum_primes_cluster
APPS         := $(filter-out $(WITHOUT_MD5) $(if $(CLUSTER),,$(CLUSTER_APPS)) apps/examples/example, \
                  $(basename $(sort $(wildcard apps/*.c apps/examples/*.c))))
PROGRAMS     += $(APPS:%=$(BUILD)/%)

ifeq ($(FLAVOUR),release)
RUN_APPS := apps
apps: $(APPS) ## the programs in apps/
else
RUN_APPS := $(BUILD)/apps
apps: $(APPS:%=$(BUILD)/%)
endif

run: apps ## build and run the seed's job: the sums of primes of apps/sum_primes
	$(Q)$(RUN_APPS)/sum_primes

run-cluster: apps ## build, and run the same jobs on a cluster of two nodes on this machine
	$(Q)$(if $(CLUSTER),sh apps/run_cluster.sh $(RUN_APPS),\
	    echo "this needs libnats and nats-server: make deps run-cluster" >&2; exit 1)
.PHONY: apps run run-cluster

$(BUILD)/apps/%.o: FLAGS = $(PROGRAM_FLAGS)

# What all programs share, the commands of yoke, and those of yoke_cluster.
CLI_OBJECTS             := $(call objects,apps/cli)
CLUSTER_COMMAND_OBJECTS := $(call objects,apps/commands/cluster)
COMMAND_OBJECTS         := $(filter-out $(CLUSTER_COMMAND_OBJECTS),$(call objects,apps/commands))

$(APPS:%=$(BUILD)/%): %: %.o $(CLI_OBJECTS)
$(filter $(BUILD)/apps/examples/%,$(PROGRAMS)): $(BUILD)/apps/examples/example.o
$(BUILD)/apps/examples/reverse_md5: LIBRARIES = $(MD5_LIBS)
$(BUILD)/apps/yoke: $(COMMAND_OBJECTS)
$(BUILD)/apps/yoke_cluster: $(CLUSTER_COMMAND_OBJECTS)
$(CLUSTER_APPS:%=$(BUILD)/%): $(CLUSTER_STATIC)
$(CLUSTER_APPS:%=$(BUILD)/%): LIBRARIES = $(NATS_LIBS) -rdynamic
$(APPS:%=$(BUILD)/%): $(STATIC)
