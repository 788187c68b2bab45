/* What a guest is told that its processor can do. */
#ifndef XEN_POLICY_H
#define XEN_POLICY_H

#include "xen/layouts.h"

#define CPUID_NO_SUBLEAF UINT32_MAX

/* Names of the feature bits in register `reg` (0 EAX to 3 EDX) of a leaf; NULL: they are none. */
const struct value_name *cpuid_feature_names(uint32_t leaf, uint32_t subleaf, unsigned reg);
extern const struct value_name names_arch_capabilities[];

#endif
