/* Which messages and attributes netlink has, as far as they are found in images: addresses, routes,
 * rules, links, conntrack and its expectations. See rtnetlink(7) and the kernel's public headers,
 * whence the numbers come. */
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/rtnetlink.h>

#include "base/attr.h"
#include "criu/netlink.h"

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
const struct value_name netlink_types[] = { VALUE(RTM_NEWLINK),      VALUE(RTM_NEWADDR),
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
const struct value_name netlink_route_flags[] = { VALUE(RTNH_F_DEAD),     VALUE(RTNH_F_PERVASIVE),
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

const struct layout netlink_head[] = {
	{ "nlmsg_len", 4, SHOW_DEC, NULL },
	{ "nlmsg_type", 2, SHOW_ENUM, netlink_types },
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
	{ "rtm_family", 1, SHOW_ENUM, families },
	{ "rtm_dst_len", 1, SHOW_DEC, NULL },
	{ "rtm_src_len", 1, SHOW_DEC, NULL },
	{ "rtm_tos", 1, SHOW_HEX, NULL },
	{ "rtm_table", 1, SHOW_ENUM, tables },
	{ "rtm_protocol", 1, SHOW_ENUM, protocols },
	{ "rtm_scope", 1, SHOW_ENUM, scopes },
	{ "rtm_type", 1, SHOW_ENUM, route_types },
	{ "rtm_flags", 4, SHOW_FLAGS, netlink_route_flags },
	{ 0 },
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

static const struct message_kind kinds[] = {
	{ RTM_NEWLINK, link_head, link_attrs },
	{ RTM_NEWADDR, address_head, address_attrs },
	{ RTM_NEWROUTE, route_head, route_attrs },
	{ RTM_NEWRULE, rule_head, rule_attrs },
	{ 0x100, ct_head, ct_attrs },
	{ 0x200, ct_head, exp_attrs },
};

const struct message_kind *netlink_kind(uint32_t type)
{
	for (size_t n = 0; n < ARRAY_LEN(kinds); n++)
		if (kinds[n].type == type)
			return &kinds[n];
	return NULL;
}
