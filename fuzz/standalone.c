/* Runs a fuzz target over files and folders of files, without libFuzzer: how every build replays
 * the corpora. Fails when it was given nothing to run. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long runs;

static int run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	long size;

	if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET))
		return -1;
	data = malloc((size_t)size + 1);
	if (!data || fread(data, 1, (size_t)size, file) != (size_t)size)
		return -1;
	(void)LLVMFuzzerTestOneInput(data, (size_t)size);
	free(data);
	(void)fclose(file);
	runs++;
	return 0;
}

static int run_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	int failed = folder ? 0 : -1;

	while (folder && (entry = readdir(folder))) {
		char name[4096];

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
		failed |= run_file(name);
	}
	if (folder)
		(void)closedir(folder);
	return failed;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++) {
		struct stat info;

		if (stat(argv[i], &info) || (S_ISDIR(info.st_mode) ? run_folder : run_file)(argv[i])) {
			perror(argv[i]);
			failed = 1;
		}
	}
	printf("%lu inputs\n", runs);
	return failed || !runs ? EXIT_FAILURE : EXIT_SUCCESS;
}
