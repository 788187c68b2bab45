/* proto/ as `protoc -o` compiles it: a serialised FileDescriptorSet. Defined in build/gen. */
#ifndef CRIU_SCHEMA_SET_H
#define CRIU_SCHEMA_SET_H

#include <stddef.h>
#include <stdint.h>

extern const uint8_t schema_set[];
extern const size_t schema_set_size;

#endif
