/* The tables of netlink.c: messages, attributes, and the names of their values. */
#ifndef CRIU_NETLINK_H
#define CRIU_NETLINK_H

#include "core/field.h"

#define NET_ORDER 0x80u /* or-ed to a form: the number is in network order */

/* What an attribute's value is. */
enum form { BYTES, U8, U16, U32, U64, TEXT, ADDRESS, MAC, NESTED, NEXTHOPS, STRUCT };

struct attr {
	uint16_t type;
	const char *name;
	uint8_t form; /* enum form, NET_ORDER */
	enum show show;
	const struct value_name *names;
	const struct attr *nested;
	const struct layout *layout;
};

/* What follows the header of a message. Types of conntrack have their subsystem in the upper byte.
 */
struct message_kind {
	uint16_t type;
	const struct layout *head;
	const struct attr *attrs;
};

/* The header of every message: 16 bytes. */
extern const struct layout netlink_head[];
extern const struct value_name netlink_types[], netlink_route_flags[];
/* By a message's type; NULL: unknown. */
const struct message_kind *netlink_kind(uint32_t type);

#endif
