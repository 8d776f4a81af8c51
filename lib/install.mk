# What is installed where, the manual, and packages.

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
CLUSTER_DOCS := $(addprefix lib/cluster/,OPERATING.md yoke-node.service yoke-hub.service yoke-nodes.slurm)

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
	$(call put,644,include/yoke/*.h include/yoke/*.hpp lib/bindings/*.f90,$(INCLUDEDIR))
	$(call put,644,lib/bindings/*.py,$(PYTHONDIR))
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
	    $(call here,$(PYTHON_ELSE),yoke.py yoke_cluster.py) \
	    $(call here,$(PYTHONDIR),yoke.py yoke_cluster.py) \
	    $(call QUOTE,$(DESTDIR)$(PYTHONDIR)/__pycache__)/yoke.*.pyc \
	    $(call QUOTE,$(DESTDIR)$(PYTHONDIR)/__pycache__)/yoke_cluster.*.pyc \
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
	$(Q)CHROOT="$(CHROOT)" sh tests/install/deb.sh build/yoke_$(VERSION)_*.deb
.PHONY: deps deps-peers man install uninstall dist deb check-deb
