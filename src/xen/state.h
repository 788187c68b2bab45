/* The records that say what the guest's processors and platform are like: where each lies, in the
 * order they came. Both libxc and legacy streams give them, in the same words; of several of one
 * kind (and vCPU) the last one before the end of a snapshot counts. */
#ifndef XEN_STATE_H
#define XEN_STATE_H

#include "xen/xen.h"

enum state_kind {
	STATE_PV_INFO,
	STATE_P2M_FRAMES,
	STATE_VCPU_BASIC,
	STATE_VCPU_EXTENDED,
	STATE_VCPU_XSAVE,
	STATE_VCPU_MSRS,
	STATE_SHARED_INFO,
	STATE_TSC_INFO,
	STATE_HVM_CONTEXT,
	STATE_HVM_PARAMS,
	STATE_CPUID_POLICY,
	STATE_MSR_POLICY,
	STATE_XENSTORE, /* EMULATOR_XENSTORE_DATA */
	STATE_EMULATOR, /* EMULATOR_CONTEXT */
	STATE_KINDS
};

struct state {
	enum state_kind kind;
	uint32_t vcpu; /* of STATE_VCPU_*; else 0 */
	uint32_t pass; /* memory's pass when it came */
	struct layer *layer;
	uint64_t row;
	struct span
		span; /* the payload: of VCPU_* without vcpu_id; of others the whole body. Of legacy
		       * streams what corresponds to it; where there is no such thing, all of it. */
};

struct states *states_new(void);
void states_free(struct states *s);
/* The walk's. */
void states_add(struct states *s, const struct state *st);

size_t states_count(const struct states *s);
const struct state *states_at(const struct states *s, size_t n);
/* The last of its kind (and vCPU) among those that came in the passes [0, passes); NULL: none. */
const struct state *states_last(const struct states *s, enum state_kind kind, uint32_t vcpu,
				uint32_t passes);

#endif
