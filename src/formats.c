/* The composition root's list: every format there is, in no order that matters (the best bid wins).
 */
#include "formats.h"

#include "criu/criu.h"
#include "xen/xen.h"

const struct format *const formats[] = {
	&criu_set_format,
	&criu_image_format,
	&criu_archive_format,
	&xen_xl_format,
	&xen_libxl_format,
	&xen_libxc_format,
	&xen_libvirt_format,
	&xen_xapi_format,
	&xen_xend_format,
	&xen_legacy_format,
	NULL,
};
