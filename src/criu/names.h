/* Names of numbers in CRIU images: open flags, signals, socket states, ... Generated once from
 * public headers' facts, kept as tables. A group is found by the name that proto/ gives in its
 * `names` option. */
#ifndef CRIU_NAMES_H
#define CRIU_NAMES_H

#include "core/value.h"

/* "open.flags", "signal", ...; NULL if unknown. */
const struct value_name *names_group(const char *group);
/* crit's own maps, for --pretty: by hint ("mmap.prot") or by dict and field ("sk", "family"). NULL
 * if crit has none. */
const struct value_name *crit_flags(const char *hint);
const struct value_name *crit_dict(const char *dict, const char *field);

#endif
