/* standalone - runs a fuzz target once over each file named, so that a corpus
 * is a plain test under any compiler. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes of path in memory of exactly their size, so that a read one byte
 * too far is seen by the sanitizer. NULL and a message when it fails. */
static uint8_t *
slurp(const char *path, size_t *size_out)
{
	uint8_t *data = NULL;
	FILE *f = fopen(path, "rb");
	long size;

	if (f == NULL || fseek(f, 0, SEEK_END) != 0)
		goto out;
	size = ftell(f);
	if (size < 0 || fseek(f, 0, SEEK_SET) != 0)
		goto out;
	data = malloc(size > 0 ? (size_t)size : 1);
	if (data != NULL && fread(data, 1, (size_t)size, f) != (size_t)size) {
		free(data);
		data = NULL;
	}
	*size_out = (size_t)size;
out:
	if (data == NULL)
		perror(path);
	if (f != NULL)
		fclose(f);
	return data;
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		size_t size = 0;
		uint8_t *data = slurp(argv[i], &size);

		if (data == NULL)
			return 1;
		/* named before it runs: a crash says which file it was */
		fprintf(stderr, "%s\n", argv[i]);
		if (LLVMFuzzerTestOneInput(data, size) != 0)
			return 1;
		free(data);
	}
	return argc > 1 ? 0 : 1;
}
