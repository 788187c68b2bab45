/* The composition root's list: every format there is, in no order that matters (the best bid wins). */
#include "formats.h"

#include "criu/criu.h"

const struct format *const formats[] = {
	&criu_set_format,
	&criu_image_format,
	&criu_archive_format,
	NULL,
};
