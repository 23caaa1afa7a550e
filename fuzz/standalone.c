/* Runs a fuzz target over files and folders of files, without libFuzzer: how every build replays
 * the corpora. Fails when it was given nothing to run. */
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "fuzz.h"

/* Hands the target a copy of exactly the file's size, so that the sanitizers see every byte read
 * beyond it. Returns how many inputs ran. */
static unsigned long run_stream(FILE *file, size_t size)
{
	uint8_t *data = malloc(size);
	bool whole = (data || !size) && fread(data, 1, size, file) == size;

	if (whole)
		(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
	return whole;
}

static unsigned long run_file(const char *path)
{
	struct stat info;
	FILE *file = fopen(path, "rb");
	unsigned long runs = 0;

	if (file && !fstat(fileno(file), &info))
		runs = run_stream(file, (size_t)info.st_size);
	if (!runs)
		perror(path);
	if (file)
		(void)fclose(file);
	return runs;
}

/* Returns 0 when any of the files could not be run. */
static unsigned long run_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	unsigned long runs = 0;
	bool failed = !folder;

	while (folder && (entry = readdir(folder))) {
		char name[4096];

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
		if (run_file(name))
			runs++;
		else
			failed = true;
	}
	if (folder)
		(void)closedir(folder);
	return failed ? 0 : runs;
}

int main(int argc, char **argv)
{
	unsigned long runs = 0;
	bool failed = argc < 2;

	for (int i = 1; i < argc; i++) {
		struct stat info;
		bool is_folder = !stat(argv[i], &info) && S_ISDIR(info.st_mode);
		unsigned long n = is_folder ? run_folder(argv[i]) : run_file(argv[i]);

		failed |= !n;
		runs += n;
	}
	printf("%lu inputs\n", runs);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
