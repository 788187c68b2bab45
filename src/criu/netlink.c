/* Dumps of netlink messages: what `ip addr save`, `ip route save`, `ip rule save` wrote, and the
 * conntrack tables.
 *
 *	file        u32 magic (not netns-ct, -exp)  messages
 *	message     u32 length  u16 type  u16 flags  u32 seq  u32 pid | head | attributes
 *	head        by type: ifaddrmsg, rtmsg, fib_rule_hdr, ifinfomsg; of conntrack nfgenmsg
 *	attribute   u16 length  u16 type | value, to a multiple of 4
 *
 * Lengths include their own header. ip aligns messages to 4; CRIU writes conntrack's one right
 * behind the other. Numbers are in the byte order of the machine that dumped, conntrack's values in
 * network order. See rtnetlink(7), and the kernel's public headers for the numbers. */
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/text.h"
#include "criu/criu.h"
#include "criu/image.h"

#define FIELDS_MAX 65536u /* of one message; what is beyond is one field */
#define DEPTH_MAX 8
#define HEADER 16u
#define NET_ORDER 0x80u /* or-ed to a form: the number is in network order */

#define VALUE(v)                                                                                   \
	{                                                                                          \
		v, #v, ARCH_ALL                                                                    \
	}
#define NAMED(v, text)                                                                             \
	{                                                                                          \
		v, text, ARCH_ALL                                                                  \
	}

static const struct value_name families[] = { NAMED(0, "AF_UNSPEC"),
					      NAMED(2, "AF_INET"),
					      NAMED(7, "AF_BRIDGE"),
					      NAMED(10, "AF_INET6"),
					      { 0 } };
static const struct value_name types[] = { VALUE(RTM_NEWLINK),      VALUE(RTM_NEWADDR),
					   VALUE(RTM_NEWROUTE),     VALUE(RTM_NEWRULE),
					   VALUE(RTM_DELLINK),      VALUE(RTM_DELADDR),
					   VALUE(RTM_DELROUTE),     VALUE(RTM_DELRULE),
					   VALUE(NLMSG_NOOP),       VALUE(NLMSG_ERROR),
					   VALUE(NLMSG_DONE),       NAMED(0x100, "CT_NEW"),
					   NAMED(0x200, "EXP_NEW"), { 0 } };
static const struct value_name message_flags[] = { VALUE(NLM_F_REQUEST), VALUE(NLM_F_MULTI),
						   VALUE(NLM_F_ACK),     VALUE(NLM_F_ECHO),
						   VALUE(NLM_F_ROOT),    VALUE(NLM_F_MATCH),
						   VALUE(NLM_F_ATOMIC),  { 0 } };
static const struct value_name scopes[] = {
	NAMED(RT_SCOPE_UNIVERSE, "global"), NAMED(RT_SCOPE_SITE, "site"),
	NAMED(RT_SCOPE_LINK, "link"),       NAMED(RT_SCOPE_HOST, "host"),
	NAMED(RT_SCOPE_NOWHERE, "nowhere"), { 0 }
};
static const struct value_name tables[] = {
	NAMED(RT_TABLE_UNSPEC, "unspec"),   NAMED(RT_TABLE_COMPAT, "compat"),
	NAMED(RT_TABLE_DEFAULT, "default"), NAMED(RT_TABLE_MAIN, "main"),
	NAMED(RT_TABLE_LOCAL, "local"),     { 0 }
};
static const struct value_name protocols[] = { VALUE(RTPROT_UNSPEC), VALUE(RTPROT_REDIRECT),
					       VALUE(RTPROT_KERNEL), VALUE(RTPROT_BOOT),
					       VALUE(RTPROT_STATIC), VALUE(RTPROT_RA),
					       VALUE(RTPROT_DHCP),   { 0 } };
static const struct value_name route_types[] = {
	NAMED(RTN_UNSPEC, "unspec"),
	NAMED(RTN_UNICAST, "unicast"),
	NAMED(RTN_LOCAL, "local"),
	NAMED(RTN_BROADCAST, "broadcast"),
	NAMED(RTN_ANYCAST, "anycast"),
	NAMED(RTN_MULTICAST, "multicast"),
	NAMED(RTN_BLACKHOLE, "blackhole"),
	NAMED(RTN_UNREACHABLE, "unreachable"),
	NAMED(RTN_PROHIBIT, "prohibit"),
	NAMED(RTN_THROW, "throw"),
	NAMED(RTN_NAT, "nat"),
	{ 0 },
};
static const struct value_name route_flags[] = { VALUE(RTNH_F_DEAD),     VALUE(RTNH_F_PERVASIVE),
						 VALUE(RTNH_F_ONLINK),   VALUE(RTNH_F_OFFLOAD),
						 VALUE(RTNH_F_LINKDOWN), VALUE(RTM_F_NOTIFY),
						 VALUE(RTM_F_CLONED),    VALUE(RTM_F_EQUALIZE),
						 VALUE(RTM_F_PREFIX),    { 0 } };
static const struct value_name address_flags[] = { VALUE(IFA_F_SECONDARY),
						   VALUE(IFA_F_NODAD),
						   VALUE(IFA_F_OPTIMISTIC),
						   VALUE(IFA_F_DADFAILED),
						   VALUE(IFA_F_HOMEADDRESS),
						   VALUE(IFA_F_DEPRECATED),
						   VALUE(IFA_F_TENTATIVE),
						   VALUE(IFA_F_PERMANENT),
						   VALUE(IFA_F_MANAGETEMPADDR),
						   VALUE(IFA_F_NOPREFIXROUTE),
						   VALUE(IFA_F_MCAUTOJOIN),
						   VALUE(IFA_F_STABLE_PRIVACY),
						   { 0 } };
static const struct value_name rule_actions[] = {
	VALUE(FR_ACT_UNSPEC),    VALUE(FR_ACT_TO_TBL),
	VALUE(FR_ACT_GOTO),      VALUE(FR_ACT_NOP),
	VALUE(FR_ACT_BLACKHOLE), VALUE(FR_ACT_UNREACHABLE),
	VALUE(FR_ACT_PROHIBIT),  { 0 }
};
static const struct value_name ct_status[] = { VALUE(IPS_EXPECTED),      VALUE(IPS_SEEN_REPLY),
					       VALUE(IPS_ASSURED),       VALUE(IPS_CONFIRMED),
					       VALUE(IPS_SRC_NAT),       VALUE(IPS_DST_NAT),
					       VALUE(IPS_SEQ_ADJUST),    VALUE(IPS_SRC_NAT_DONE),
					       VALUE(IPS_DST_NAT_DONE),  VALUE(IPS_DYING),
					       VALUE(IPS_FIXED_TIMEOUT), VALUE(IPS_TEMPLATE),
					       VALUE(IPS_UNTRACKED),     { 0 } };
static const struct value_name tcp_states[] = { NAMED(0, "NONE"),
						NAMED(1, "SYN_SENT"),
						NAMED(2, "SYN_RECV"),
						NAMED(3, "ESTABLISHED"),
						NAMED(4, "FIN_WAIT"),
						NAMED(5, "CLOSE_WAIT"),
						NAMED(6, "LAST_ACK"),
						NAMED(7, "TIME_WAIT"),
						NAMED(8, "CLOSE"),
						NAMED(9, "SYN_SENT2"),
						{ 0 } };
static const struct value_name ip_protocols[] = {
	NAMED(1, "icmp"),   NAMED(6, "tcp"),       NAMED(17, "udp"),
	NAMED(33, "dccp"),  NAMED(47, "gre"),      NAMED(58, "icmpv6"),
	NAMED(132, "sctp"), NAMED(136, "udplite"), { 0 }
};

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

#define ATTR(v, ...)                                                                               \
	{                                                                                          \
		.type = v, .name = #v, .form = __VA_ARGS__                                         \
	}
#define BE(width) width | NET_ORDER

static const struct layout ifa_cacheinfo[] = {
	{ "ifa_prefered", 4, SHOW_DEC, NULL },
	{ "ifa_valid", 4, SHOW_DEC, NULL },
	{ "cstamp", 4, SHOW_DEC, NULL },
	{ "tstamp", 4, SHOW_DEC, NULL },
	{ 0 },
};
static const struct layout rta_cacheinfo[] = {
	{ "rta_clntref", 4, SHOW_DEC, NULL },
	{ "rta_lastuse", 4, SHOW_DEC, NULL },
	{ "rta_expires", 4, SHOW_DEC, NULL },
	{ "rta_error", 4, SHOW_DEC, NULL },
	{ "rta_used", 4, SHOW_DEC, NULL },
	{ "rta_id", 4, SHOW_DEC, NULL },
	{ "rta_ts", 4, SHOW_DEC, NULL },
	{ "rta_tsage", 4, SHOW_DEC, NULL },
	{ 0 },
};
static const struct layout id_range[] = { { "start", 4, SHOW_DEC, NULL },
					  { "end", 4, SHOW_DEC, NULL },
					  { 0 } };
static const struct layout port_range[] = { { "start", 2, SHOW_PORT, NULL },
					    { "end", 2, SHOW_PORT, NULL },
					    { 0 } };
static const struct layout tcp_flags[] = { { "flags", 1, SHOW_HEX, NULL },
					   { "mask", 1, SHOW_HEX, NULL },
					   { 0 } };

static const struct attr address_attrs[] = {
	ATTR(IFA_ADDRESS, ADDRESS),   ATTR(IFA_LOCAL, ADDRESS),
	ATTR(IFA_LABEL, TEXT),        ATTR(IFA_BROADCAST, ADDRESS),
	ATTR(IFA_ANYCAST, ADDRESS),   ATTR(IFA_CACHEINFO, STRUCT, .layout = ifa_cacheinfo),
	ATTR(IFA_MULTICAST, ADDRESS), ATTR(IFA_FLAGS, U32, SHOW_FLAGS, address_flags),
	ATTR(IFA_RT_PRIORITY, U32),   ATTR(IFA_TARGET_NETNSID, U32),
	ATTR(IFA_PROTO, U8),          { 0 },
};
static const struct attr metric_attrs[] = {
	ATTR(RTAX_LOCK, U32, SHOW_HEX),
	ATTR(RTAX_MTU, U32),
	ATTR(RTAX_WINDOW, U32),
	ATTR(RTAX_RTT, U32),
	ATTR(RTAX_RTTVAR, U32),
	ATTR(RTAX_SSTHRESH, U32),
	ATTR(RTAX_CWND, U32),
	ATTR(RTAX_ADVMSS, U32),
	ATTR(RTAX_REORDERING, U32),
	ATTR(RTAX_HOPLIMIT, U32),
	ATTR(RTAX_INITCWND, U32),
	ATTR(RTAX_FEATURES, U32, SHOW_HEX),
	ATTR(RTAX_RTO_MIN, U32),
	ATTR(RTAX_INITRWND, U32),
	ATTR(RTAX_QUICKACK, U32),
	ATTR(RTAX_CC_ALGO, TEXT),
	ATTR(RTAX_FASTOPEN_NO_COOKIE, U32),
	{ 0 },
};
static const struct attr route_attrs[] = {
	ATTR(RTA_DST, ADDRESS),
	ATTR(RTA_SRC, ADDRESS),
	ATTR(RTA_IIF, U32),
	ATTR(RTA_OIF, U32),
	ATTR(RTA_GATEWAY, ADDRESS),
	ATTR(RTA_PRIORITY, U32),
	ATTR(RTA_PREFSRC, ADDRESS),
	ATTR(RTA_METRICS, NESTED, .nested = metric_attrs),
	ATTR(RTA_MULTIPATH, NEXTHOPS, .nested = route_attrs),
	ATTR(RTA_FLOW, U32),
	ATTR(RTA_CACHEINFO, STRUCT, .layout = rta_cacheinfo),
	ATTR(RTA_TABLE, U32, SHOW_ENUM, tables),
	ATTR(RTA_MARK, U32, SHOW_HEX),
	ATTR(RTA_MFC_STATS, BYTES),
	ATTR(RTA_VIA, BYTES),
	ATTR(RTA_NEWDST, BYTES),
	ATTR(RTA_PREF, U8),
	ATTR(RTA_ENCAP_TYPE, U16),
	ATTR(RTA_ENCAP, BYTES),
	ATTR(RTA_EXPIRES, U32),
	ATTR(RTA_UID, U32),
	ATTR(RTA_TTL_PROPAGATE, U8),
	ATTR(RTA_IP_PROTO, U8, SHOW_ENUM, ip_protocols),
	ATTR(RTA_SPORT, BE(U16), SHOW_PORT),
	ATTR(RTA_DPORT, BE(U16), SHOW_PORT),
	ATTR(RTA_NH_ID, U32),
	{ 0 },
};
static const struct attr rule_attrs[] = {
	ATTR(FRA_DST, ADDRESS),
	ATTR(FRA_SRC, ADDRESS),
	ATTR(FRA_IIFNAME, TEXT),
	ATTR(FRA_GOTO, U32),
	ATTR(FRA_PRIORITY, U32),
	ATTR(FRA_FWMARK, U32, SHOW_HEX),
	ATTR(FRA_FLOW, U32),
	ATTR(FRA_TUN_ID, BE(U64)),
	ATTR(FRA_SUPPRESS_IFGROUP, U32),
	ATTR(FRA_SUPPRESS_PREFIXLEN, U32),
	ATTR(FRA_TABLE, U32, SHOW_ENUM, tables),
	ATTR(FRA_FWMASK, U32, SHOW_HEX),
	ATTR(FRA_OIFNAME, TEXT),
	ATTR(FRA_L3MDEV, U8),
	ATTR(FRA_UID_RANGE, STRUCT, .layout = id_range),
	ATTR(FRA_PROTOCOL, U8, SHOW_ENUM, protocols),
	ATTR(FRA_IP_PROTO, U8, SHOW_ENUM, ip_protocols),
	ATTR(FRA_SPORT_RANGE, STRUCT, .layout = port_range),
	ATTR(FRA_DPORT_RANGE, STRUCT, .layout = port_range),
	{ 0 },
};
static const struct attr link_attrs[] = {
	ATTR(IFLA_ADDRESS, MAC), ATTR(IFLA_BROADCAST, MAC),
	ATTR(IFLA_IFNAME, TEXT), ATTR(IFLA_MTU, U32),
	ATTR(IFLA_LINK, U32),    ATTR(IFLA_QDISC, TEXT),
	ATTR(IFLA_MASTER, U32),  { 0 },
};

static const struct attr ct_ip_attrs[] = {
	ATTR(CTA_IP_V4_SRC, ADDRESS),
	ATTR(CTA_IP_V4_DST, ADDRESS),
	ATTR(CTA_IP_V6_SRC, ADDRESS),
	ATTR(CTA_IP_V6_DST, ADDRESS),
	{ 0 },
};
static const struct attr ct_proto_attrs[] = {
	ATTR(CTA_PROTO_NUM, U8, SHOW_ENUM, ip_protocols),
	ATTR(CTA_PROTO_SRC_PORT, BE(U16), SHOW_PORT),
	ATTR(CTA_PROTO_DST_PORT, BE(U16), SHOW_PORT),
	ATTR(CTA_PROTO_ICMP_ID, BE(U16)),
	ATTR(CTA_PROTO_ICMP_TYPE, U8),
	ATTR(CTA_PROTO_ICMP_CODE, U8),
	ATTR(CTA_PROTO_ICMPV6_ID, BE(U16)),
	ATTR(CTA_PROTO_ICMPV6_TYPE, U8),
	ATTR(CTA_PROTO_ICMPV6_CODE, U8),
	{ 0 },
};
static const struct attr ct_tuple_attrs[] = {
	ATTR(CTA_TUPLE_IP, NESTED, .nested = ct_ip_attrs),
	ATTR(CTA_TUPLE_PROTO, NESTED, .nested = ct_proto_attrs),
	ATTR(CTA_TUPLE_ZONE, BE(U16)),
	{ 0 },
};
static const struct attr ct_tcp_attrs[] = {
	ATTR(CTA_PROTOINFO_TCP_STATE, U8, SHOW_ENUM, tcp_states),
	ATTR(CTA_PROTOINFO_TCP_WSCALE_ORIGINAL, U8),
	ATTR(CTA_PROTOINFO_TCP_WSCALE_REPLY, U8),
	ATTR(CTA_PROTOINFO_TCP_FLAGS_ORIGINAL, STRUCT, .layout = tcp_flags),
	ATTR(CTA_PROTOINFO_TCP_FLAGS_REPLY, STRUCT, .layout = tcp_flags),
	{ 0 },
};
static const struct attr ct_dccp_attrs[] = {
	ATTR(CTA_PROTOINFO_DCCP_STATE, U8),
	ATTR(CTA_PROTOINFO_DCCP_ROLE, U8),
	ATTR(CTA_PROTOINFO_DCCP_HANDSHAKE_SEQ, BE(U64)),
	{ 0 },
};
static const struct attr ct_sctp_attrs[] = {
	ATTR(CTA_PROTOINFO_SCTP_STATE, U8),
	ATTR(CTA_PROTOINFO_SCTP_VTAG_ORIGINAL, BE(U32), SHOW_HEX),
	ATTR(CTA_PROTOINFO_SCTP_VTAG_REPLY, BE(U32), SHOW_HEX),
	{ 0 },
};
static const struct attr ct_protoinfo_attrs[] = {
	ATTR(CTA_PROTOINFO_TCP, NESTED, .nested = ct_tcp_attrs),
	ATTR(CTA_PROTOINFO_DCCP, NESTED, .nested = ct_dccp_attrs),
	ATTR(CTA_PROTOINFO_SCTP, NESTED, .nested = ct_sctp_attrs),
	{ 0 },
};
static const struct attr ct_help_attrs[] = { ATTR(CTA_HELP_NAME, TEXT),
					     ATTR(CTA_HELP_INFO, BYTES),
					     { 0 } };
static const struct attr ct_port_attrs[] = { ATTR(CTA_PROTONAT_PORT_MIN, BE(U16), SHOW_PORT),
					     ATTR(CTA_PROTONAT_PORT_MAX, BE(U16), SHOW_PORT),
					     { 0 } };
static const struct attr ct_nat_attrs[] = {
	ATTR(CTA_NAT_V4_MINIP, ADDRESS),
	ATTR(CTA_NAT_V4_MAXIP, ADDRESS),
	ATTR(CTA_NAT_PROTO, NESTED, .nested = ct_port_attrs),
	ATTR(CTA_NAT_V6_MINIP, ADDRESS),
	ATTR(CTA_NAT_V6_MAXIP, ADDRESS),
	{ 0 },
};
static const struct attr ct_counter_attrs[] = {
	ATTR(CTA_COUNTERS_PACKETS, BE(U64)),
	ATTR(CTA_COUNTERS_BYTES, BE(U64), SHOW_SIZE),
	ATTR(CTA_COUNTERS32_PACKETS, BE(U32)),
	ATTR(CTA_COUNTERS32_BYTES, BE(U32), SHOW_SIZE),
	{ 0 },
};
static const struct attr ct_seqadj_attrs[] = {
	ATTR(CTA_SEQADJ_CORRECTION_POS, BE(U32)),
	ATTR(CTA_SEQADJ_OFFSET_BEFORE, BE(U32)),
	ATTR(CTA_SEQADJ_OFFSET_AFTER, BE(U32)),
	{ 0 },
};
static const struct attr ct_secctx_attrs[] = { ATTR(CTA_SECCTX_NAME, TEXT), { 0 } };
static const struct attr ct_time_attrs[] = { ATTR(CTA_TIMESTAMP_START, BE(U64), SHOW_NSEC),
					     ATTR(CTA_TIMESTAMP_STOP, BE(U64), SHOW_NSEC),
					     { 0 } };
static const struct attr ct_synproxy_attrs[] = { ATTR(CTA_SYNPROXY_ISN, BE(U32)),
						 ATTR(CTA_SYNPROXY_ITS, BE(U32)),
						 ATTR(CTA_SYNPROXY_TSOFF, BE(U32)),
						 { 0 } };
static const struct attr ct_attrs[] = {
	ATTR(CTA_TUPLE_ORIG, NESTED, .nested = ct_tuple_attrs),
	ATTR(CTA_TUPLE_REPLY, NESTED, .nested = ct_tuple_attrs),
	ATTR(CTA_STATUS, BE(U32), SHOW_FLAGS, ct_status),
	ATTR(CTA_PROTOINFO, NESTED, .nested = ct_protoinfo_attrs),
	ATTR(CTA_HELP, NESTED, .nested = ct_help_attrs),
	ATTR(CTA_NAT_SRC, NESTED, .nested = ct_nat_attrs),
	ATTR(CTA_TIMEOUT, BE(U32), SHOW_SECONDS),
	ATTR(CTA_MARK, BE(U32), SHOW_HEX),
	ATTR(CTA_COUNTERS_ORIG, NESTED, .nested = ct_counter_attrs),
	ATTR(CTA_COUNTERS_REPLY, NESTED, .nested = ct_counter_attrs),
	ATTR(CTA_USE, BE(U32)),
	ATTR(CTA_ID, BE(U32), SHOW_HEX),
	ATTR(CTA_NAT_DST, NESTED, .nested = ct_nat_attrs),
	ATTR(CTA_TUPLE_MASTER, NESTED, .nested = ct_tuple_attrs),
	ATTR(CTA_SEQ_ADJ_ORIG, NESTED, .nested = ct_seqadj_attrs),
	ATTR(CTA_SEQ_ADJ_REPLY, NESTED, .nested = ct_seqadj_attrs),
	ATTR(CTA_SECMARK, BE(U32)),
	ATTR(CTA_ZONE, BE(U16)),
	ATTR(CTA_SECCTX, NESTED, .nested = ct_secctx_attrs),
	ATTR(CTA_TIMESTAMP, NESTED, .nested = ct_time_attrs),
	ATTR(CTA_MARK_MASK, BE(U32), SHOW_HEX),
	ATTR(CTA_LABELS, BYTES),
	ATTR(CTA_LABELS_MASK, BYTES),
	ATTR(CTA_SYNPROXY, NESTED, .nested = ct_synproxy_attrs),
	{ 0 },
};
static const struct attr exp_nat_attrs[] = {
	ATTR(CTA_EXPECT_NAT_DIR, BE(U32)),
	ATTR(CTA_EXPECT_NAT_TUPLE, NESTED, .nested = ct_tuple_attrs),
	{ 0 },
};
static const struct attr exp_attrs[] = {
	ATTR(CTA_EXPECT_MASTER, NESTED, .nested = ct_tuple_attrs),
	ATTR(CTA_EXPECT_TUPLE, NESTED, .nested = ct_tuple_attrs),
	ATTR(CTA_EXPECT_MASK, NESTED, .nested = ct_tuple_attrs),
	ATTR(CTA_EXPECT_TIMEOUT, BE(U32), SHOW_SECONDS),
	ATTR(CTA_EXPECT_ID, BE(U32), SHOW_HEX),
	ATTR(CTA_EXPECT_HELP_NAME, TEXT),
	ATTR(CTA_EXPECT_ZONE, BE(U16)),
	ATTR(CTA_EXPECT_FLAGS, BE(U32), SHOW_HEX),
	ATTR(CTA_EXPECT_CLASS, BE(U32)),
	ATTR(CTA_EXPECT_NAT, NESTED, .nested = exp_nat_attrs),
	ATTR(CTA_EXPECT_FN, TEXT),
	{ 0 },
};

static const struct layout message_head[] = {
	{ "nlmsg_len", 4, SHOW_DEC, NULL },
	{ "nlmsg_type", 2, SHOW_ENUM, types },
	{ "nlmsg_flags", 2, SHOW_FLAGS, message_flags },
	{ "nlmsg_seq", 4, SHOW_DEC, NULL },
	{ "nlmsg_pid", 4, SHOW_DEC, NULL },
	{ 0 },
};
static const struct layout address_head[] = {
	{ "ifa_family", 1, SHOW_ENUM, families },
	{ "ifa_prefixlen", 1, SHOW_DEC, NULL },
	{ "ifa_flags", 1, SHOW_FLAGS, address_flags },
	{ "ifa_scope", 1, SHOW_ENUM, scopes },
	{ "ifa_index", 4, SHOW_DEC, NULL },
	{ 0 },
};
static const struct layout route_head[] = {
	{ "rtm_family", 1, SHOW_ENUM, families },    { "rtm_dst_len", 1, SHOW_DEC, NULL },
	{ "rtm_src_len", 1, SHOW_DEC, NULL },        { "rtm_tos", 1, SHOW_HEX, NULL },
	{ "rtm_table", 1, SHOW_ENUM, tables },       { "rtm_protocol", 1, SHOW_ENUM, protocols },
	{ "rtm_scope", 1, SHOW_ENUM, scopes },       { "rtm_type", 1, SHOW_ENUM, route_types },
	{ "rtm_flags", 4, SHOW_FLAGS, route_flags }, { 0 },
};
static const struct layout rule_head[] = {
	{ "family", 1, SHOW_ENUM, families }, { "dst_len", 1, SHOW_DEC, NULL },
	{ "src_len", 1, SHOW_DEC, NULL },     { "tos", 1, SHOW_HEX, NULL },
	{ "table", 1, SHOW_ENUM, tables },    { "res1", 1, SHOW_ZERO, NULL },
	{ "res2", 1, SHOW_ZERO, NULL },       { "action", 1, SHOW_ENUM, rule_actions },
	{ "flags", 4, SHOW_HEX, NULL },       { 0 },
};
static const struct layout link_head[] = {
	{ "ifi_family", 1, SHOW_ENUM, families },
	{ "padding", 1, SHOW_ZERO, NULL },
	{ "ifi_type", 2, SHOW_DEC, NULL },
	{ "ifi_index", 4, SHOW_DEC, NULL },
	{ "ifi_flags", 4, SHOW_HEX, NULL },
	{ "ifi_change", 4, SHOW_HEX, NULL },
	{ 0 },
};
static const struct layout ct_head[] = {
	{ "nfgen_family", 1, SHOW_ENUM, families },
	{ "version", 1, SHOW_DEC, NULL },
	{ "res_id", 2, SHOW_DEC, NULL },
	{ 0 },
};

/* What follows the header of a message. Types of conntrack have their subsystem in the upper byte.
 */
static const struct message_kind {
	uint16_t type;
	const struct layout *head;
	const struct attr *attrs;
} kinds[] = {
	{ RTM_NEWLINK, link_head, link_attrs },
	{ RTM_NEWADDR, address_head, address_attrs },
	{ RTM_NEWROUTE, route_head, route_attrs },
	{ RTM_NEWRULE, rule_head, rule_attrs },
	{ 0x100, ct_head, ct_attrs },
	{ 0x200, ct_head, exp_attrs },
};

static const struct message_kind *kind_of(uint32_t type)
{
	for (size_t n = 0; n < ARRAY_LEN(kinds); n++)
		if (kinds[n].type == type)
			return &kinds[n];
	return NULL;
}

/* ---- messages ---- */

static bool next_message(struct image *im, uint64_t *at, struct record *out, uint64_t align,
			 bool note)
{
	uint64_t left = image_size(im) - *at, len, all;
	struct cursor c =
		source_cursor(atomic_load(&im->item->source), (struct span){ *at, HEADER });
	struct problems *ps = im->item->model->problems;

	c.big = im->big;
	len = cursor_u32(&c);
	if (left < HEADER || len < HEADER) {
		if (note)
			problem_note(
				ps, SEV_ERROR, "netlink-length", im->item,
				(struct span){ *at, left },
				"no message of at least %u bytes: %llu by its length, %llu left",
				HEADER, (unsigned long long)len, (unsigned long long)left);
		return false;
	}
	*out = (struct record){ .offset = *at, .head = HEADER };
	out->kind = cursor_u16(&c);
	if (len > left) {
		out->flags = RECORD_CUT | RECORD_DAMAGED;
		if (note)
			problem_note(ps, SEV_ERROR, "netlink-length", im->item,
				     (struct span){ *at, 4 },
				     "a message of %llu bytes, but only %llu are left",
				     (unsigned long long)len, (unsigned long long)left);
		len = left;
	}
	all = (len + align - 1) / align * align;
	out->body = (uint32_t)(len - HEADER);
	out->length = all < left ? all : left;
	*at += out->length;
	return true;
}

static bool aligned_step(struct image *im, uint64_t *at, uint64_t n, struct record *out, bool note)
{
	(void)n;
	return next_message(im, at, out, 4, note);
}

static bool packed_step(struct image *im, uint64_t *at, uint64_t n, struct record *out, bool note)
{
	(void)n;
	return next_message(im, at, out, 1, note);
}

static const char *message_kind_name(struct image *im, const struct record *r)
{
	const char *name = value_name(types, r->kind, im->env);

	return name ? name : "nlmsg";
}

/* ---- attributes ---- */

/* A message being turned into fields. */
struct decode {
	struct image *im;
	struct arena *arena;
	uint32_t made; /* of FIELDS_MAX */
};

struct attr_at {
	uint16_t type;
	bool net_order;  /* the type says so */
	struct span all; /* header, value, padding */
	struct span value;
	struct bytes bytes;
};

/* Steps to the next attribute. False at the end, and at what is none: then bytes are left. */
static bool attr_next(struct cursor *c, struct attr_at *out)
{
	struct cursor start = *c;
	uint64_t from = cursor_offset(c);
	uint16_t len = cursor_u16(c), type = cursor_u16(c);
	size_t pad;

	if (c->spent || len < 4 || len > cursor_left(&start)) {
		*c = start;
		return false;
	}
	out->type = type & NLA_TYPE_MASK;
	out->net_order = type & NLA_F_NET_BYTEORDER;
	out->value = (struct span){ from + 4, len - 4u };
	out->bytes = cursor_bytes(c, len - 4u);
	pad = (4 - len % 4) % 4;
	cursor_skip(c, pad < cursor_left(c) ? pad : cursor_left(c));
	out->all = (struct span){ from, cursor_offset(c) - from };
	return true;
}

static const struct attr *attr_of(const struct attr *attrs, uint16_t type)
{
	for (; attrs && attrs->name; attrs++)
		if (attrs->type == type)
			return attrs;
	return NULL;
}

static struct field *add_rest(struct field *parent, struct decode *d, const char *name,
			      struct span span)
{
	struct field *f;

	if (!span.length)
		return NULL;
	f = field_add(parent, d->arena, FIELD_BYTES, name, span);
	f->show = SHOW_BYTES;
	f->bytes = image_bytes(d->im, span);
	return f;
}

static void add_attrs(struct field *parent, struct decode *d, const struct attr *attrs,
		      struct cursor *c, int depth);

/* The next hops of a multipath route: u16 length, u8 flags, u8 hops, u32 index, attributes. */
static void add_nexthops(struct field *parent, struct decode *d, const struct attr *attrs,
			 struct cursor *c, int depth)
{
	static const struct layout head[] = {
		{ "rtnh_len", 2, SHOW_DEC, NULL },
		{ "rtnh_flags", 1, SHOW_FLAGS, route_flags },
		{ "rtnh_hops", 1, SHOW_DEC, NULL },
		{ "rtnh_ifindex", 4, SHOW_DEC, NULL },
		{ 0 },
	};

	for (uint32_t n = 0; cursor_left(c) >= 8 && d->made < FIELDS_MAX; n++) {
		struct cursor peek = *c, one;
		uint16_t len = cursor_u16(&peek);
		uint64_t all = (len + 3u) / 4u * 4u;
		struct field *g;

		if (len < 8 || len > cursor_left(c))
			break;
		all = all < cursor_left(c) ? all : cursor_left(c);
		g = field_add(parent, d->arena, FIELD_GROUP, "nexthop",
			      (struct span){ cursor_offset(c), all });
		g->at = n;
		d->made += 5;
		one = cursor_sub(c, all);
		field_layout(g, d->arena, head, &one, d->im->env);
		add_attrs(g, d, attrs, &one, depth + 1);
	}
	add_rest(parent, d, "bytes", (struct span){ cursor_offset(c), cursor_left(c) });
}

static void add_group(struct field *g, struct decode *d, const struct attr *known,
		      const struct attr_at *at, int depth)
{
	struct cursor c = cursor_over(at->bytes, at->value.offset);

	image_add_frame(d->im, g, d->arena, "attribute",
			(struct span){ at->all.offset, at->value.offset - at->all.offset });
	c.big = d->im->big;
	if (known->form == NESTED)
		add_attrs(g, d, known->nested, &c, depth + 1);
	else if (known->form == NEXTHOPS)
		add_nexthops(g, d, known->nested, &c, depth + 1);
	else
		field_layout(g, d->arena, known->layout, &c, d->im->env);
	if (known->form == STRUCT)
		add_rest(g, d, "bytes", (struct span){ cursor_offset(&c), cursor_left(&c) });
}

/* A number, if the value has its width. */
static bool add_number(struct field *f, const struct attr *known, const struct attr_at *at,
		       bool big)
{
	static const uint8_t widths[] = { [U8] = 1, [U16] = 2, [U32] = 4, [U64] = 8 };
	unsigned form = known->form & ~NET_ORDER;
	struct cursor c = cursor_over(at->bytes, at->value.offset);

	if (form < U8 || form > U64 || at->bytes.len != widths[form])
		return false;
	c.big = big || known->form & NET_ORDER || at->net_order;
	f->type = FIELD_UINT;
	f->show = known->show;
	f->names = known->names;
	f->u = form == U8    ? cursor_u8(&c)
	       : form == U16 ? cursor_u16(&c)
	       : form == U32 ? cursor_u32(&c)
			     : cursor_u64(&c);
	return true;
}

static void add_attr(struct field *parent, struct decode *d, const struct attr *attrs,
		     const struct attr_at *at, int depth)
{
	const struct attr *known = attr_of(attrs, at->type);
	unsigned form = known ? known->form & ~NET_ORDER : BYTES;
	struct field *f;

	d->made++;
	if (form >= NESTED && depth < DEPTH_MAX) {
		f = field_add(parent, d->arena, FIELD_GROUP, known->name, at->all);
		f->value = at->value;
		add_group(f, d, known, at, depth);
		return;
	}
	f = field_add(parent, d->arena, FIELD_BYTES,
		      known ? known->name : arena_printf(d->arena, "attribute %u", at->type),
		      at->all);
	f->value = at->value;
	f->bytes = at->bytes;
	f->show = form == ADDRESS ? SHOW_IP : form == MAC ? SHOW_MAC : SHOW_BYTES;
	if (form == TEXT) {
		f->type = FIELD_TEXT;
		f->show = SHOW_TEXT;
		if (f->bytes.len && !f->bytes.at[f->bytes.len - 1])
			f->bytes.len--;
	} else if (known && !add_number(f, known, at, d->im->big) && form >= U8 && form <= U64) {
		f->trouble = "not of the width it should have";
	}
}

static void add_attrs(struct field *parent, struct decode *d, const struct attr *attrs,
		      struct cursor *c, int depth)
{
	struct attr_at at;

	while (d->made < FIELDS_MAX && attr_next(c, &at))
		add_attr(parent, d, attrs, &at, depth);
	add_rest(parent, d, "bytes", (struct span){ cursor_offset(c), cursor_left(c) });
}

static void message_fields(struct image *im, const struct record *r, struct field *root,
			   struct arena *a)
{
	struct source *src = atomic_load(&im->item->source);
	struct cursor c =
		source_cursor(src, (struct span){ r->offset, HEADER + (uint64_t)r->body });
	const struct message_kind *kind = kind_of(r->kind);
	struct decode d = { .im = im, .arena = a };
	uint64_t end = r->offset + HEADER + r->body;

	c.big = im->big;
	field_layout(root, a, message_head, &c, im->env);
	if (kind) {
		field_layout(root, a, kind->head, &c, im->env);
		add_attrs(root, &d, kind->attrs, &c, 0);
	} else {
		add_rest(root, &d, "bytes", (struct span){ cursor_offset(&c), cursor_left(&c) });
	}
	add_rest(root, &d, "padding", (struct span){ end, r->offset + r->length - end });
	if (r->flags & RECORD_CUT)
		root->trouble = "the file ends inside it";
}

/* ---- JSON: the fields, as numbers and texts ---- */

static void field_json(const struct field *f, struct json *j, struct arena *a)
{
	if (f->type == FIELD_GROUP) {
		json_object(j);
		for (const struct field *c = f->first; c; c = c->next) {
			if (c->type == FIELD_FRAME)
				continue;
			json_key(j, field_label(c, a));
			field_json(c, j, a);
		}
		json_end_object(j);
	} else if (f->type == FIELD_UINT) {
		json_uint(j, f->u);
	} else if (f->type == FIELD_TEXT) {
		json_text(j, f->bytes);
	} else if (f->show == SHOW_IP || f->show == SHOW_MAC) {
		json_str(j, field_value(f, 0, a));
	} else {
		json_bytes(j, f->bytes);
	}
}

static void message_json(struct image *im, const struct record *r, struct json *j, struct arena *a)
{
	struct field *root =
		field_add(NULL, a, FIELD_GROUP, "message", (struct span){ r->offset, r->length });
	const struct field *f;

	message_fields(im, r, root, a);
	json_object(j);
	json_key(j, "type");
	json_str(j, message_kind_name(im, r));
	for (f = root->first; f; f = f->next) {
		json_key(j, field_label(f, a));
		field_json(f, j, a);
	}
	json_end_object(j);
}

/* ---- summaries ---- */

/* The text of a field at a path; NULL: it is not there. */
static const char *text_at(struct field *root, const char *path, struct arena *a)
{
	struct field *f = field_at_path(root, a, path);

	if (!f)
		return NULL;
	if (f->type == FIELD_UINT) {
		const char *name = f->names ? value_name(f->names, f->u, f->env) : NULL;

		return name ? name : arena_printf(a, "%llu", (unsigned long long)f->u);
	}
	return field_value(f, 64, a);
}

/* Appends " WORD TEXT" if the field is there. */
static void say(struct strbuf *s, struct field *root, const char *word, const char *path,
		struct arena *a)
{
	const char *text = text_at(root, path, a);

	if (text)
		strbuf_addf(s, "%s%s%s%s", s->len ? " " : "", word, *word ? " " : "", text);
}

/* An address with the length of its prefix, or what it means that there is none. */
static void say_prefix(struct strbuf *s, struct field *root, const char *path, const char *len,
		       const char *none, struct arena *a)
{
	const char *to = text_at(root, path, a), *bits = text_at(root, len, a);

	strbuf_addf(s, "%s%s%s", to ? to : none, to && bits ? "/" : "", to && bits ? bits : "");
}

static void say_tuple(struct strbuf *s, struct field *root, const char *tuple, struct arena *a)
{
	static const char *const parts[] = {
		"IP/CTA_IP_V4_SRC", "IP/CTA_IP_V6_SRC", "PROTO/CTA_PROTO_SRC_PORT",
		"IP/CTA_IP_V4_DST", "IP/CTA_IP_V6_DST", "PROTO/CTA_PROTO_DST_PORT"
	};
	static const char *const before[] = { " ", " ", ":", " -> ", " -> ", ":" };
	const char *text =
		text_at(root, arena_printf(a, "%s/CTA_TUPLE_PROTO/CTA_PROTO_NUM", tuple), a);

	strbuf_add(s, text ? text : "?");
	for (size_t n = 0; n < ARRAY_LEN(parts); n++) {
		text = text_at(root, arena_printf(a, "%s/CTA_TUPLE_%s", tuple, parts[n]), a);
		if (text)
			strbuf_addf(s, "%s%s", before[n], text);
	}
}

static const char *message_summary(struct image *im, const struct record *r, struct arena *a)
{
	struct field *root =
		field_add(NULL, a, FIELD_GROUP, "message", (struct span){ r->offset, r->length });
	struct strbuf s;

	message_fields(im, r, root, a);
	strbuf_init(&s, a);
	switch (r->kind) {
	case RTM_NEWADDR:
		say_prefix(&s, root,
			   field_child(root, a, "IFA_LOCAL") ? "IFA_LOCAL" : "IFA_ADDRESS",
			   "ifa_prefixlen", "?", a);
		say(&s, root, "dev", field_child(root, a, "IFA_LABEL") ? "IFA_LABEL" : "ifa_index",
		    a);
		say(&s, root, "scope", "ifa_scope", a);
		break;
	case RTM_NEWROUTE:
		say(&s, root, "", "rtm_type", a);
		strbuf_add(&s, " ");
		say_prefix(&s, root, "RTA_DST", "rtm_dst_len", "default", a);
		say(&s, root, "via", "RTA_GATEWAY", a);
		say(&s, root, "dev", "RTA_OIF", a);
		say(&s, root, "src", "RTA_PREFSRC", a);
		say(&s, root, "table",
		    field_child(root, a, "RTA_TABLE") ? "RTA_TABLE" : "rtm_table", a);
		break;
	case RTM_NEWRULE:
		say(&s, root, "", "FRA_PRIORITY", a);
		strbuf_add(&s, s.len ? " from " : "from ");
		say_prefix(&s, root, "FRA_SRC", "src_len", "all", a);
		if (field_child(root, a, "FRA_DST")) {
			strbuf_add(&s, " to ");
			say_prefix(&s, root, "FRA_DST", "dst_len", "all", a);
		}
		say(&s, root, "fwmark", "FRA_FWMARK", a);
		say(&s, root, "lookup", field_child(root, a, "FRA_TABLE") ? "FRA_TABLE" : "table",
		    a);
		break;
	case RTM_NEWLINK:
		say(&s, root, "", "IFLA_IFNAME", a);
		break;
	case 0x100:
		say_tuple(&s, root, "CTA_TUPLE_ORIG", a);
		say(&s, root, "", "CTA_PROTOINFO/CTA_PROTOINFO_TCP/CTA_PROTOINFO_TCP_STATE", a);
		say(&s, root, "timeout", "CTA_TIMEOUT", a);
		break;
	case 0x200:
		say_tuple(&s, root, "CTA_EXPECT_TUPLE", a);
		say(&s, root, "helper", "CTA_EXPECT_HELP_NAME", a);
		break;
	}
	return s.text ? s.text : "";
}

#define DUMP(word, walk)                                                                           \
	{                                                                                          \
		.magic = word, .rows = true, .step = walk, .kind = message_kind_name,              \
		.summary = message_summary, .fields = message_fields, .json = message_json         \
	}

const struct raw_kind raw_ifaddr = DUMP(0x47361222, aligned_step);
const struct raw_kind raw_route = DUMP(0x45311224, aligned_step);
const struct raw_kind raw_rule = DUMP(0x71706986, aligned_step);
const struct raw_kind raw_ct = DUMP(0, packed_step);
