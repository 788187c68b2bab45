# cryoscope: one non-recursive Makefile. `make help` lists the targets; HACKING.md says how it is laid out.
#
# B=FOLDER builds elsewhere; V=1 shows commands; CC=clang, OPT=, SAN=, CFLAGS= as usual. A sanitizer
# build is a second folder, made by a recursive call with another B.

B       ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc
V       ?=
Q       := $(if $(V),,@)
say      = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)';)
JOBS    ?= $(shell nproc 2>/dev/null || echo 1)
# Recursive calls share our job server if there is one, else make their own.
AGAIN    = $(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))

LIBS     = ncursesw libprotobuf-c libpcre2-8 $(LIBDW)
# Loaded when they are needed (base/late.h): headers only.
LATE     = libarchive libmagic
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
OPT     ?= -O2 -g
SAN     ?=
ASAN    := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
TSAN    := -fsanitize=thread
# Asked once, when first needed: `make deps demo` installs pkg-config before anything is compiled.
PKG_CFLAGS  = $(eval PKG_CFLAGS := $$(shell pkg-config --cflags $(LIBS) $(LATE)))$(PKG_CFLAGS)
PKG_LIBS    = $(eval PKG_LIBS := $$(shell pkg-config --libs $(LIBS)))$(PKG_LIBS)
# Optional: back-traces. `make LIBDW=` does without.
LIBDW      ?= $(eval LIBDW := $$(shell pkg-config --exists 'libdw >= 0.188' && echo libdw))$(LIBDW)
TEST_LIBS   = $(eval TEST_LIBS := $$(shell pkg-config --libs cmocka $$(LATE)))$(TEST_LIBS)
VERSION := $(shell sed -n 's/.*CRYOSCOPE_VERSION "\(.*\)".*/\1/p' include/base/version.h)

CFLAGS  ?=
# _GNU_SOURCE: SEEK_HOLE, MAP_*, pipe2; the dialect itself is C17 with POSIX.1-2008.
ALL_CFLAGS = -std=gnu17 -D_GNU_SOURCE -DDATADIR='"$(PREFIX)/share/cryoscope"' $(WARN) $(OPT) $(SAN) \
	-Iinclude -Isrc -I$(B)/gen $(if $(LIBDW),-DHAVE_LIBDW) $(PKG_CFLAGS) $(CFLAGS)
ALL_LIBS = $(PKG_LIBS) -pthread -lm

SRC     := $(sort $(wildcard src/*/*.c) src/formats.c)
PB      := google/protobuf/descriptor
GEN     := $(B)/gen/schema_set.c $(B)/gen/$(PB).pb-c.c
OBJ     := $(SRC:src/%.c=$(B)/obj/%.o) $(GEN:$(B)/gen/%.c=$(B)/obj/gen/%.o)
LIB     := $(B)/libcryoscope.a
PROG    := $(B)/cryoscope

UNIT    := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard $(addsuffix /*.c,$(addprefix tests/,\
	base core criu xen ops view ui cli))))
FUZZ    := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
FIXTURES := $(patsubst tests/fixtures/%.txt,$(B)/fixtures/%,$(wildcard tests/fixtures/*/*.txt))

all: $(PROG)

# --- the program ------------------------------------------------------------------------------

$(PROG): $(B)/obj/main.o $(LIB)
	$(call say,LD,$@) $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

$(LIB): $(OBJ)
	$(call say,AR,$@) rm -f $@ && ar rcs $@ $^

# A changed Makefile (an option, a library) rebuilds: cheap here, and never wrong.
$(B)/obj/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<) $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The one place that knows where things are installed is compiled again when that changes.
$(B)/obj/ui/theme.o: $(B)/prefix
$(B)/prefix: always
	@mkdir -p $(@D)
	@echo '$(PREFIX)' | cmp -s - $@ || echo '$(PREFIX)' >$@

$(B)/obj/gen/%.o: $(B)/gen/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<) $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# --- GEN: what is generated into $(B)/gen ------------------------------------------------------

# The schema: proto/ compiled to a descriptor set, as an array that src/criu/schema.c reads at start.
PROTOC  ?= protoc
PROTO   := $(sort $(wildcard proto/*.proto))

$(B)/gen/schema.desc: $(PROTO)
	@mkdir -p $(@D)
	$(call say,PROTOC,$@) $(PROTOC) -Iproto -o $@ $^

$(B)/gen/schema_set.c: $(B)/gen/schema.desc Makefile
	$(call say,GEN,$@) { echo '#include "criu/schema_set.h"'; echo 'const uint8_t schema_set[] = {'; \
		od -An -v -tx1 $< | sed 's/ \(..\)/0x\1,/g'; echo '};'; \
		echo 'const size_t schema_set_size = sizeof(schema_set);'; } >$@

# The structs that schema.c reads it with, from protobuf's own description of such sets.
PROTO_INCLUDE ?= /usr/include

$(B)/gen/$(PB).pb-c.c: $(PROTO_INCLUDE)/$(PB).proto
	@mkdir -p $(@D)
	$(call say,PROTOC,$@) $(PROTOC) -I$(PROTO_INCLUDE) --c_out=$(B)/gen $<

$(B)/obj/criu/schema.o: | $(B)/gen/$(PB).pb-c.c

# --- setting up -------------------------------------------------------------------------------

# Tests need more than the program does.
deps:
	@sh .ci/deps $(if $(filter fuzz lint fmt fmt-check,$(MAKECMDGOALS)),tools,\
		$(if $(filter check asan tsan damage bench bless man screenshot,$(MAKECMDGOALS)),check))

ifneq ($(filter deps,$(MAKECMDGOALS)),)
# Nothing else may start before it is done.
.NOTPARALLEL:
endif

# The sample set in the browser; without a terminal, what it is and its tree.
demo:
	+@$(AGAIN) all
	@if [ -t 0 ] && [ -t 1 ]; then $(PROG) tests/real/tree; \
	else $(PROG) info tests/real/tree && $(PROG) tree tests/real/tree; fi

# --- tests ------------------------------------------------------------------------------------

# One C program for each module. Our names stay ours: cmocka, too, has a print_error.
$(B)/tests/%: tests/%.c $(LIB) Makefile
	@mkdir -p $(@D)
	$(call say,TEST,$<) $(CC) $(ALL_CFLAGS) -Itests/tools -MMD -MP -o $@ $< $(LIB) \
		-Wl,--exclude-libs,ALL $(ALL_LIBS) $(TEST_LIBS)

# Fixtures: images compiled from texts that one can review.
$(B)/mkimg: tests/tools/mkimg.c $(LIB) Makefile
	$(call say,TOOL,$<) $(CC) $(ALL_CFLAGS) -MMD -MP -o $@ $< $(LIB) $(ALL_LIBS)

$(B)/fixtures/%: tests/fixtures/%.txt $(B)/mkimg
	@mkdir -p $(@D)
	$(Q)$(B)/mkimg $< $@

# Xen streams have a grammar of their own.
$(B)/fixtures/xen/%: tests/fixtures/xen/%.txt tests/tools/mkxen.py
	@mkdir -p $(@D)
	$(Q)python3 tests/tools/mkxen.py $< $@

# Damaged images, decoded in process; quick only with the sanitizers in a folder of their own.
$(B)/damage: tests/damage/damage.c tests/tools/decode.c $(LIB) Makefile
	$(call say,TOOL,$<) $(CC) $(ALL_CFLAGS) -Itests/tools -o $@ $(filter %.c,$^) $(LIB) $(ALL_LIBS)

# A fuzz target with a plain main, which replays files.
$(B)/replay/%: tests/fuzz/%.c tests/tools/replay.c tests/tools/decode.c $(LIB) Makefile
	@mkdir -p $(@D)
	$(call say,TOOL,$<) $(CC) $(ALL_CFLAGS) -Itests/tools -o $@ $(filter %.c,$^) $(LIB) $(ALL_LIBS)

.PHONY: test-parts hard-parts
test-parts: $(PROG) $(UNIT) $(FIXTURES)
hard-parts: $(B)/damage $(addprefix $(B)/replay/,$(FUZZ))

# What every test sees; HARD is the folder of the sanitized damage driver and fuzz replays.
RUN      = B=$(B) HARD=$(HARD) python3 tests/run
HARD    ?= $(B)-asan

# filter=WORD runs only tests whose name has it.
check:
	+@$(AGAIN) test-parts
	+@$(AGAIN) B=$(HARD) SAN='$(ASAN)' hard-parts
	@$(RUN) $(if $(filter),--filter '$(filter)')

# Rewrites expected outputs; review with git diff.
bless:
	+@$(AGAIN) test-parts
	@$(RUN) --bless $(if $(filter),--filter '$(filter)')

floors:
	@sh tests/floors.sh

# The whole suite, everything sanitized.
asan:
	+@$(AGAIN) B=$(B)-asan SAN='$(ASAN)' test-parts hard-parts
	+@$(AGAIN) B=$(B)-asan SAN='$(ASAN)' HARD=$(B)-asan run-only

tsan:
	+@$(AGAIN) B=$(B)-tsan SAN='$(TSAN)' test-parts
	+@$(AGAIN) B=$(B)-tsan SAN='$(TSAN)' HARD=$(B)-asan run-only

run-only:
	@$(RUN) $(if $(filter),--filter '$(filter)')

# Every truncation and every flipped byte; minutes. The check runs a sample of it.
damage: $(FIXTURES)
	+@$(AGAIN) B=$(HARD) SAN='$(ASAN)' hard-parts
	@HARD=$(HARD) FIXTURES=$(B)/fixtures sh tests/damage/all.sh

# libFuzzer programs in $(B)-fuzz; run them for FUZZ_SECONDS each.
FUZZ_SECONDS ?= 30
fuzz:
	+@$(AGAIN) B=$(B)-fuzz CC=clang SAN='$(ASAN) -fsanitize=fuzzer-no-link' fuzz-parts
	@B=$(B)-fuzz SECONDS_EACH=$(FUZZ_SECONDS) sh tests/fuzz/all.sh $(FUZZ)

.PHONY: fuzz-parts
fuzz-parts: $(addprefix $(B)/fuzz/,$(FUZZ))
$(B)/fuzz/%: tests/fuzz/%.c tests/tools/decode.c $(LIB) Makefile
	@mkdir -p $(@D)
	$(call say,FUZZ,$<) $(CC) $(ALL_CFLAGS) -fsanitize=fuzzer -Itests/tools -o $@ $(filter %.c,$^) \
		$(LIB) $(ALL_LIBS)

bench:
	+@$(AGAIN) all
	@B=$(B) python3 tests/bench/bench.py

# --- quality ----------------------------------------------------------------------------------

OURS     = $(wildcard src/*.c src/*.h src/*/*.c src/*/*.h include/*/*.h tests/*/*.c tests/*/*.h)

fmt:
	clang-format -i $(OURS)

fmt-check:
	clang-format --dry-run -Werror $(OURS)

# The checks chosen, and why the others are not, are in .clang-tidy.
lint: $(GEN)
	@printf '%s\n' $(SRC) src/main.c | xargs -P$(JOBS) -I{} \
		clang-tidy --quiet --warnings-as-errors='*' {} -- $(ALL_CFLAGS) 2>&1 | \
		{ ! grep -v 'warnings\? generated\|warnings treated as errors'; }

# --- documents, installing --------------------------------------------------------------------

# The lists in it come from the program's tables.
man: all
	@sh docs/splice.sh $(PROG) docs/cryoscope.1 >$(B)/cryoscope.1
	@cmp -s $(B)/cryoscope.1 docs/cryoscope.1 || cp $(B)/cryoscope.1 docs/cryoscope.1
	@mandoc -T lint -W warning docs/cryoscope.1
	@if [ -t 1 ]; then man -l docs/cryoscope.1; else mandoc -T utf8 docs/cryoscope.1; fi

# The picture in the README: a terminal's screen, captured and drawn.
screenshot: all
	@python3 tests/tools/screenshot.py $(PROG) tests/real/tree docs/screen.svg

INSTALL ?= install
SHARE    = $(DESTDIR)$(PREFIX)/share

install: all
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/cryoscope/themes $(SHARE)/man/man1 \
		$(SHARE)/bash-completion/completions $(SHARE)/zsh/site-functions \
		$(SHARE)/fish/vendor_completions.d
	$(INSTALL) -m 755 $(PROG) $(DESTDIR)$(PREFIX)/bin/cryoscope
	$(INSTALL) -m 644 $(wildcard themes/*.theme) $(SHARE)/cryoscope/themes
	$(INSTALL) -m 644 docs/cryoscope.1 $(SHARE)/man/man1/cryoscope.1
	$(INSTALL) -m 644 completions/cryoscope.bash $(SHARE)/bash-completion/completions/cryoscope
	$(INSTALL) -m 644 completions/cryoscope.zsh $(SHARE)/zsh/site-functions/_cryoscope
	$(INSTALL) -m 644 completions/cryoscope.fish $(SHARE)/fish/vendor_completions.d/cryoscope.fish

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/cryoscope $(SHARE)/man/man1/cryoscope.1 \
		$(SHARE)/bash-completion/completions/cryoscope \
		$(SHARE)/zsh/site-functions/_cryoscope \
		$(SHARE)/fish/vendor_completions.d/cryoscope.fish
	rm -rf $(SHARE)/cryoscope

clean:
	rm -rf $(B) $(B)-asan $(B)-tsan $(B)-fuzz

help:
	@echo 'all         the program, $(PROG)'
	@echo 'deps        install what is missing (with check: for the tests, too)'
	@echo 'demo        open the sample image set'
	@echo 'check       every test; filter=WORD for some'
	@echo 'asan tsan   the same under address+undefined, thread sanitizer'
	@echo 'damage      every truncation and flipped byte of the real images (an hour)'
	@echo 'fuzz        libFuzzer on each target for FUZZ_SECONDS=$(FUZZ_SECONDS)'
	@echo 'bench       speed and memory, beside crit, grep, cmp, verify-stream-v2'
	@echo 'bless       rewrite expected outputs of tests (filter=WORD); review with git diff'
	@echo 'floors      who includes whom'
	@echo 'fmt lint    clang-format (fmt-check only looks), clang-tidy'
	@echo 'man         check and show the manual page'
	@echo 'screenshot  make docs/screen.svg from a real terminal'
	@echo 'install uninstall   PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)'
	@echo 'clean'

.PHONY: always all deps demo check bless floors asan tsan run-only damage fuzz bench fmt fmt-check lint man \
	screenshot install uninstall clean help
.DELETE_ON_ERROR:
.SECONDARY:
-include $(OBJ:.o=.d) $(B)/obj/main.d $(UNIT:=.d) $(B)/mkimg.d
