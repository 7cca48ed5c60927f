# campusdesk: `make help` lists the targets.
VERSION := 0.1.0
CC      ?= cc
CLANG   ?= clang
BUILD   ?= build
VARIANT ?= release

prefix = /usr/local
exec_prefix = $(prefix)
bindir = $(exec_prefix)/bin
sbindir = $(exec_prefix)/sbin
libexecdir = $(exec_prefix)/libexec
datarootdir = $(prefix)/share
datadir = $(datarootdir)
mandir = $(datarootdir)/man
docdir = $(datarootdir)/doc/campusdesk
sysconfdir = /etc
unitdir = $(prefix)/lib/systemd/system
sysusersdir = $(prefix)/lib/sysusers.d
completionsdir = $(datarootdir)/bash-completion/completions
# where libjs-chart.js is; it is served from there
chartjsdir = /usr/share/javascript/chart.js

WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wformat=2 -Wvla -Wpointer-arith -Wundef \
	-Wno-string-concatenation
HARD := -O2 -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
	-fstack-clash-protection -fcf-protection=full
# clang 14 knows neither of these
ifeq ($(findstring clang,$(CC)),)
HARD += -ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr
endif
SAN  := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all
DEF  := -D_GNU_SOURCE -DCAMPUSDESK_VERSION='"$(VERSION)"' \
	-DCAMPUSDESK_LIBEXECDIR='"$(libexecdir)/campusdesk"' \
	-DCAMPUSDESK_BINDIR='"$(bindir)"' \
	-DCAMPUSDESK_SBINDIR='"$(sbindir)"' \
	-DCAMPUSDESK_DATADIR='"$(datadir)/campusdesk"' \
	-DCAMPUSDESK_SYSCONFDIR='"$(sysconfdir)"' \
	-DCAMPUSDESK_CHARTJS='"$(chartjsdir)"'
# Programs find each other from where they are: another prefix alone leaves
# what is compiled as it is, another layout below it does not.
PLACES := $(libexecdir) $(bindir) $(sbindir) $(datadir)
LAYOUT := $(patsubst $(prefix)/%,%,$(PLACES)) \
	$(if $(filter-out $(prefix)/%,$(PLACES)),$(prefix)) $(sysconfdir)
ifeq ($(VARIANT),asan)
OPT := $(SAN)
else ifeq ($(VARIANT),fuzz)
CC := $(CLANG)
OPT := $(SAN) -fsanitize=fuzzer-no-link
else
OPT := $(HARD)
endif
# never the flags of libetpan.pc: they would undo PIE
CFLAGS_ALL := -std=c17 -g $(OPT) $(WARN) -fPIE $(DEF) -I. \
	-isystem /usr/include/libxml2 -pthread -MMD -MP $(CFLAGS)
LDFLAGS_ALL := $(OPT) -pie -pthread -Wl,-z,relro,-z,now,-z,noexecstack \
	-Wl,-z,separate-code -Wl,--as-needed $(LDFLAGS)

O := $(BUILD)/$(VARIANT)
FOLDERS := base parsers templates db desk daemon webview cli
main_of = $(wildcard $(1)/main.c)
src_of  = $(filter-out $(1)/main.c,$(wildcard $(1)/*.c))
lib_of  = $(O)/lib$(1).a
$(foreach f,$(FOLDERS),$(eval SRC_$(f) := $(call src_of,$(f))))
ALL_SRC := $(foreach f,$(FOLDERS),$(wildcard $(f)/*.c))

LIBS_base   := -lgnutls -lunistring -lconfig -lzstd -lseccomp -ljansson -lcurl-gnutls -lmicrohttpd
LIBS_parsers := -letpan -lxml2 -lytnef -lical -ljansson
LIBS_db     := -lsqlite3
L_parse  := $(foreach f,parsers base,$(call lib_of,$(f)))
L_desk   := $(foreach f,desk db templates parsers base,$(call lib_of,$(f)))
LIBS_ALL := $(LIBS_parsers) $(LIBS_db) $(LIBS_base) -lqrencode -lm

PROGRAMS := $(patsubst %,$(BUILD)/bin/%,$(if $(wildcard daemon/main.c),campusdeskd) \
	$(if $(wildcard parsers/main.c),campusdesk-parse) \
	$(if $(wildcard cli/main.c),campusdesk) \
	$(if $(wildcard webview/main.c),campusdesk-web))
# manual pages and completion, of the tables that the programs read
MADE := $(patsubst %.in,$(BUILD)/%,$(wildcard man/*.in packaging/*.in))
UNIT_SRC := $(wildcard tests/unit/*/test_*.c)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(O)/unit/%)
TOOL_BIN := $(patsubst tests/tools/%.c,$(O)/tests/%,$(wildcard tests/tools/*.c))
PRELOADS := $(patsubst tests/preload/%.c,$(O)/preload/%.so,$(wildcard tests/preload/*.c))
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_BIN := $(FUZZ_SRC:tests/fuzz/%.c=$(O)/fuzz/%)

.DEFAULT_GOAL := all
.PHONY: all help deps test test-clients unit unit-bin test-tools fuzz-seeds fuzz-bin fuzz diff demo bench crash check lint install deb fresh clean
all: $(PROGRAMS) $(MADE)	## build the programs into build/bin

help:	## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

define ARCHIVE
$(call lib_of,$(1)): $(SRC_$(1):%.c=$(O)/obj/%.o)
	@mkdir -p $$(@D) && rm -f $$@
	@ar rcs $$@ $$^
endef
$(foreach f,$(FOLDERS),$(eval $(call ARCHIVE,$(f))))
$(call lib_of,db): $(O)/obj/db/schema.o
MIGRATIONS := $(sort $(wildcard db/migrations/*.sql))
$(O)/gen/db/schema.c: tools/embed-sql db/schema.sql $(MIGRATIONS)
	@mkdir -p $(@D)
	@tools/embed-sql db/schema.sql $(MIGRATIONS) > $@
$(O)/obj/db/schema.o: $(O)/gen/db/schema.c
	@mkdir -p $(@D)
	@echo CC $<; $(CC) $(CFLAGS_ALL) -c -o $@ $<

$(O)/gen/layout: FORCE
	@mkdir -p $(@D)
	@echo '$(LAYOUT)' | cmp -s - $@ || echo '$(LAYOUT)' >$@
FORCE:
$(addprefix $(O)/obj/,base/paths.o base/flags.o cli/main.o cli/subcommands.o): $(O)/gen/layout

$(O)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo CC $<; $(CC) $(CFLAGS_ALL) -c -o $@ $<

LINK = @mkdir -p $(@D) && echo LINK $@ && $(CC) $(LDFLAGS_ALL) -o $@
$(BUILD)/bin/campusdesk-parse: $(O)/obj/parsers/main.o $(L_parse)
	$(LINK) $^ $(LIBS_ALL)
$(BUILD)/bin/campusdeskd: $(O)/obj/daemon/main.o $(call lib_of,daemon) $(L_desk)
	$(LINK) $^ $(LIBS_ALL)
$(BUILD)/bin/campusdesk: $(O)/obj/cli/main.o $(call lib_of,cli) $(L_desk)
	$(LINK) $^ $(LIBS_ALL)
$(BUILD)/bin/campusdesk-web: $(O)/obj/webview/main.o $(call lib_of,webview) $(L_desk)
	$(LINK) $^ $(LIBS_ALL)

$(BUILD)/man/%: man/%.in $(BUILD)/bin/campusdesk tools/make-manual
	@mkdir -p $(@D) && tools/make-manual $< >$@.new && mv $@.new $@
$(BUILD)/packaging/%: packaging/%.in $(BUILD)/bin/campusdesk tools/make-manual
	@mkdir -p $(@D) && tools/make-manual $< >$@.new && mv $@.new $@

# a test links what its folder may use, and below
$(O)/unit/%: tests/unit/%.c $(call lib_of,daemon) $(call lib_of,cli) $(call lib_of,webview) $(L_desk)
	@mkdir -p $(@D)
	@echo CC $<; $(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $(filter %.c,$^) $(filter %.a,$^) -lcmocka $(LIBS_ALL)
# the stories of the desk share a world
WORLD := $(shell grep -lsE 'unit/(desk/(world|story)|webview/pages)[.]h"' tests/unit/*/test_*.c)
$(WORLD:tests/%.c=$(O)/%): tests/unit/desk/world.c
$(O)/unit/desk/test_stories: $(wildcard tests/unit/desk/story*.c)
ifeq ($(VARIANT),fuzz)
FUZZ_MAIN := -fsanitize=fuzzer
else
FUZZ_MAIN := tests/fuzz/standalone.c
endif
$(O)/fuzz/%: tests/fuzz/%.c $(wildcard tests/fuzz/standalone.c) $(call lib_of,webview) $(L_desk)
	@mkdir -p $(@D)
	@echo CC $<; $(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $< $(call lib_of,webview) $(L_desk) $(FUZZ_MAIN) $(LIBS_ALL)

# programs that tests start: misbehaving children and the like
$(O)/tests/%: tests/tools/%.c $(L_parse)
	@mkdir -p $(@D)
	@echo CC $<; $(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $(filter-out %.h,$^) $(LIBS_ALL)

# programs beside the tests: pg/…, bench/…
$(O)/aside/%: tests/%.c $(call lib_of,webview) $(L_desk)
	@mkdir -p $(@D)
	@echo CC $<; $(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $(filter-out %.h,$^) $(LIBS_ALL)

# held against GMime, which only these see
GMIME = $(patsubst -I%,-isystem %,$(shell pkg-config --cflags gmime-3.0))
GMIME_LIBS = $(shell pkg-config --libs gmime-3.0)
$(O)/bench/parse: tests/bench/parse.c $(L_parse)
	@mkdir -p $(@D)
	@echo CC $<; $(CC) $(CFLAGS_ALL) $(GMIME) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_ALL) $(GMIME_LIBS)
$(O)/diff/diff: $(wildcard tests/diff/*.c) $(L_parse)
	@mkdir -p $(@D)
	@echo CC tests/diff; $(CC) $(CFLAGS_ALL) $(GMIME) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_ALL) $(GMIME_LIBS)

# what a test puts between the daemon and the system
$(O)/preload/%.so: tests/preload/%.c
	@mkdir -p $(@D)
	@echo CC $<; $(CC) -std=c17 -O2 $(WARN) -D_GNU_SOURCE -fPIC -shared -o $@ $<

test-tools: $(TOOL_BIN) $(PRELOADS)
unit-bin: $(UNIT_BIN) test-tools
fuzz-bin: $(FUZZ_BIN)
unit: unit-bin	## run the unit tests (VARIANT=asan: under ASan and UBSan)
	@tools/run-units $(UNIT_BIN)
fuzz-seeds: $(FUZZ_BIN)	## run each fuzz corpus as a plain test
	@tools/run-seeds $(FUZZ_BIN)

deps:	## install what is missing (Debian 12)
	tools/deps --install
test:	## everything, on a fresh Debian 12, under 15 minutes
	@tools/run-tests
test-clients:	## the makers' own chat libraries before our stand-ins (npm)
	@tools/run-clients
fuzz:	## fuzz each target for FUZZ_SECONDS (default 600)
	@tools/run-fuzz
diff:	## mails as we and as GMime read them
	@tools/run-diff
demo:	## see a whole campus at work, until Ctrl-C (ONCE=1: ends by itself)
	@tools/run-demo $(if $(ONCE),--once)
bench:	## measure, write docs/performance.md figures
	@tools/run-bench
crash:	## thousands of mails, hundreds of kills
	@tools/run-crash
check: all	## dependencies, banned functions, headers, sizes, PIE
	@tools/check-deps && tools/check-banned && tools/check-headers && tools/check-size && tools/check-pie
lint:	## clang-tidy and cppcheck
	@tools/run-lint

install: all	## into prefix (/usr/local), under DESTDIR
	@tools/run-install
deb: all	## a Debian package, in build/deb
	@tools/run-deb
fresh:	## demo, tests and package in a fresh Debian 12 (root; TESTS as in test)
	@tools/run-fresh
export BUILD VERSION DESTDIR bindir sbindir libexecdir datadir mandir docdir sysconfdir unitdir sysusersdir completionsdir

# what the scripts ask for: make -s print-CFLAGS_ALL
print-%:
	@: $(info $($*))

clean:	## remove what was built
	rm -rf $(BUILD)
-include $(shell find $(O) -name '*.d' 2>/dev/null)
