/* A main for fuzz targets: gives them the files and folders of files on the command line, so that
 * corpora are replayed by any compiler. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *at;
	size_t n;

	if (!f || fstat(fileno(f), &st)) {
		perror(path);
		return 1;
	}
	/* No byte to spare: what reads past the end is found out. */
	at = malloc((size_t)st.st_size);
	n = at ? fread(at, 1, (size_t)st.st_size, f) : 0;
	fclose(f);
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(at, n);
	free(at);
	return 0;
}

static int replay_all(const char *path, int *count)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	int status = 0;

	if (!dir) {
		++*count;
		return replay(path);
	}
	while ((e = readdir(dir))) {
		char member[4096];

		if (e->d_name[0] == '.')
			continue;
		snprintf(member, sizeof(member), "%s/%s", path, e->d_name);
		status |= replay(member);
		++*count;
	}
	closedir(dir);
	return status;
}

int main(int argc, char **argv)
{
	int status = 0, count = 0;

	for (int i = 1; i < argc; i++)
		status |= replay_all(argv[i], &count);
	printf("%d inputs\n", count);
	return status;
}
