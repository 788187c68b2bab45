/* Files that container engines put beside the images, and what they say of the container. */
#ifndef CRIU_ENGINE_H
#define CRIU_ENGINE_H

#include "criu/criu.h"
#include "criu/image.h"

extern const struct raw_kind raw_json;    /* jsondoc.c */
extern const struct raw_kind raw_members; /* tarball.c: a tar, its members as rows */

/* How a file that is no image of CRIU's is decoded, by its name; NULL: as bytes. *word: its kind.
 */
const struct raw_kind *engine_file(const char *name, const char **word);

#endif
