/* Walks a libxc stream as one would who maps it and thinks no further: the heads of the records and
 * the PFN arrays of PAGE_DATA, in order, each when it is needed. For tests/bench/bench.py, beside
 * what the program does.
 *
 *	xen_fault FILE [cold]
 *
 * `cold` drops the file from the page cache first. Prints seconds, records and pages. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint32_t u32_at(const unsigned char *at)
{
	uint32_t v;

	memcpy(&v, at, 4);
	return v;
}

int main(int argc, char **argv)
{
	uint64_t at = 40, records = 0, pages = 0, sum = 0, pfn;
	int fd = argc > 1 ? open(argv[1], O_RDONLY) : -1;
	const unsigned char *data;
	struct stat st;
	double start;

	if (fd < 0 || fstat(fd, &st))
		return 2;
	if (argc > 2)
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	start = now();
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return 2;
	for (uint32_t length; at + 16 <= (uint64_t)st.st_size; at += 8 + (length + 7) / 8 * 8) {
		length = u32_at(data + at + 4);
		records++;
		if (u32_at(data + at) != 1)
			continue;
		for (uint32_t n = u32_at(data + at + 8); n; n--, pages++) {
			memcpy(&pfn, data + at + 16 + 8 * (n - 1), 8);
			sum ^= pfn;
		}
	}
	printf("%.6f %lu %lu %lx\n", now() - start, (unsigned long)records, (unsigned long)pages,
	       (unsigned long)sum);
	return 0;
}
