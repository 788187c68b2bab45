# cryoscope: one non-recursive Makefile. `make help` lists the targets; HACKING says how it is laid out.

B       ?= build
PREFIX  ?= /usr/local
CC      ?= cc
V       ?=
Q       := $(if $(V),,@)
say      = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)';)

LIBS    := ncursesw libprotobuf-c libmagic
PKGS    := $(LIBS)
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
OPT     ?= -O2 -g
SAN     ?=
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
VERSION := $(shell sed -n 's/.*CRYOSCOPE_VERSION "\(.*\)".*/\1/p' include/base/version.h)

CFLAGS  ?=
# _GNU_SOURCE: SEEK_HOLE, MAP_*, pipe2; the dialect itself is C17 with POSIX.1-2008.
ALL_CFLAGS := -std=gnu17 -D_GNU_SOURCE -DDATADIR='"$(PREFIX)/share/cryoscope"' $(WARN) $(OPT) $(SAN) \
	-Iinclude -Isrc -I$(B)/gen $(PKG_CFLAGS) $(CFLAGS)
ALL_LIBS := $(PKG_LIBS) -pthread

SRC     := $(sort $(wildcard src/*/*.c) src/formats.c)
GEN     := $(B)/gen/schema_set.c
OBJ     := $(SRC:src/%.c=$(B)/obj/%.o) $(GEN:$(B)/gen/%.c=$(B)/obj/gen/%.o)
LIB     := $(B)/libcryoscope.a
PROG    := $(B)/cryoscope

all: $(PROG)

$(PROG): $(B)/obj/main.o $(LIB)
	$(call say,LD,$@) $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

$(LIB): $(OBJ)
	$(call say,AR,$@) rm -f $@ && ar rcs $@ $^

$(B)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<) $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/obj/gen/%.o: $(B)/gen/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<) $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

clean:
	rm -rf $(B)

.PHONY: all clean
-include $(OBJ:.o=.d) $(B)/obj/main.d
