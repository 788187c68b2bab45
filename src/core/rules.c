/* Rules of what lies below the formats. */
#include "core/rule.h"

const struct rule core_rules[] = {
	{ "shrunk", SEV_ERROR,
	  "The file became shorter while it was looked at; what is gone reads as zeros.",
	  "mmap(2)" },
	{ "tar-end", SEV_WARNING,
	  "An archive ends with two blocks of zeros, and nothing follows them. One that does not may "
	  "have been cut.",
	  "pax(1), ustar interchange format" },
	{ "tar-header", SEV_ERROR,
	  "Each member begins with a block whose checksum is right. Where it is not, nothing can be "
	  "read on.",
	  "pax(1)" },
	{ "tar-link", SEV_WARNING,
	  "A hard link names an earlier member; a symbolic link does not lead out of the archive. It "
	  "is shown, never followed on disk.",
	  "pax(1)" },
	{ "tar-members", SEV_ERROR, "More members than are shown.", "limit of this program" },
	{ "tar-name", SEV_ERROR,
	  "Names are relative and do not lead outward. Others are shown below where they would lead; "
	  "nothing is ever written there.",
	  "pax(1)" },
	{ "tar-pax", SEV_WARNING, "A record of an extended header has a length, a key and a value.",
	  "pax(1), extended header" },
	{ "tar-size", SEV_ERROR, "A member's bytes lie within the archive.", "pax(1)" },
	{ "unpack", SEV_ERROR,
	  "A packed archive unpacks to its end. Of a damaged one there is what came before.",
	  "gzip, zstd, xz, bzip2, lz4" },
	{ 0 },
};
