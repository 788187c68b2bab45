/* libarchive, loaded when it is first needed: it comes with an XML parser, Unicode's tables and a
 * C++ library, which take longer to load than most commands to run. Its functions are called
 * through pointers that have their names. */
#ifndef CORE_LIBARCHIVE_H
#define CORE_LIBARCHIVE_H

#include <archive.h>
#include <archive_entry.h>

#include "base/late.h"

#define LIBARCHIVE_CALLS(X)                                                                        \
	X(archive_entry_filetype)                                                                  \
	X(archive_entry_gid)                                                                       \
	X(archive_entry_hardlink)                                                                  \
	X(archive_entry_mtime)                                                                     \
	X(archive_entry_pathname)                                                                  \
	X(archive_entry_perm)                                                                      \
	X(archive_entry_size)                                                                      \
	X(archive_entry_strmode)                                                                   \
	X(archive_entry_symlink)                                                                   \
	X(archive_entry_uid)                                                                       \
	X(archive_error_string)                                                                    \
	X(archive_filter_bytes)                                                                    \
	X(archive_filter_code)                                                                     \
	X(archive_read_data)                                                                       \
	X(archive_read_data_block)                                                                 \
	X(archive_read_free)                                                                       \
	X(archive_read_new)                                                                        \
	X(archive_read_next_header)                                                                \
	X(archive_read_open_memory)                                                                \
	X(archive_read_support_filter_by_code)                                                     \
	X(archive_read_support_format_empty)                                                       \
	X(archive_read_support_format_raw)                                                         \
	X(archive_read_support_format_tar)

struct libarchive {
	LIBARCHIVE_CALLS(LATE_MEMBER)
};

/* ERR_ABSENT: there is none. Thread-safe. */
MUST_USE struct err *libarchive_load(const struct libarchive **out);

#endif
