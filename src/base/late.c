/* By dlopen(3). What was loaded is never unloaded: other threads may be in it. */
#include "base/late.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

/* Pointers to functions and to data are alike wherever there is a dlsym. */
static bool find_all(struct late *late, void *library)
{
	unsigned char *to = late->calls;

	for (size_t n = 0; n < late->count; n++) {
		void *found = dlsym(library, late->names[n]);

		if (!found)
			return false;
		memcpy(to + n * sizeof(found), &found, sizeof(found));
	}
	return true;
}

struct err *late_load(struct late *late)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct err *err = NULL;
	void *library;

	if (atomic_load_explicit(&late->ready, memory_order_acquire))
		return NULL;
	pthread_mutex_lock(&lock);
	if (!atomic_load(&late->ready)) {
		library = dlopen(late->library, RTLD_NOW | RTLD_LOCAL);
		if (library && find_all(late, library)) {
			atomic_store_explicit(&late->ready, true, memory_order_release);
		} else {
			err = err_new(ERR_ABSENT, "%s", dlerror());
			if (library)
				dlclose(library);
		}
	}
	pthread_mutex_unlock(&lock);
	return err;
}
