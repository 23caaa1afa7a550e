#include "bench/load_options.h"

#include <getopt.h>

const char load_options_help[] =
	"usage: bench_load [OPTION]... PORT\n"
	"\n"
	"Asks POST /predict of whoever listens on 127.0.0.1:PORT, and says in a line of\n"
	"JSON how that went. Every answer must be a 200 with what bench_stub answers.\n"
	"\n"
	"  -c CLIENTS    keep-alive connections, each with one request at a time (1)\n"
	"  -t TASK       text, image, or both: an image for two tasks (text)\n"
	"  -b BYTES      of the image (250000)\n"
	"  -d MS         how long requests are begun and counted (1000)\n"
	"  -w MS         how long before that they are not counted (0)\n"
	"  -n REQUESTS   begins so many instead, and counts them all\n"
	"  -m idle       each client asks once and stays connected\n"
	"  -m hold       each client sends a part of one request:\n"
	"  -s PERCENT    so much of it (95)\n"
	"Both then say \"holding\" and go on when standard input, a pipe, ends.\n";

struct number {
	int code;
	uint64_t min;
	uint64_t max;
	size_t member;
};

static const struct number numbers[] = {
	{'b', 0, SCRIPT_IMAGE_MAX, offsetof(struct load_options, image_bytes)},
	{'c', 1, 4096, offsetof(struct load_options, clients)},
	{'d', 1, 600000, offsetof(struct load_options, duration_ms)},
	{'n', 1, 100000000, offsetof(struct load_options, requests)},
	{'s', 0, 100, offsetof(struct load_options, share)},
	{'w', 0, 600000, offsetof(struct load_options, warmup_ms)},
};

static const struct number port = {'\0', 1, 65535, offsetof(struct load_options, port)};

static int take_number(
	struct load_options *options, const struct number *number, const char *text, struct err *err)
{
	uint64_t *member = (uint64_t *)(void *)((char *)options + number->member);

	if (!span_to_number(span_of(text), number->max, member) || *member < number->min)
		return err_set(err, ERR_INVALID, "found %s, wanted a number from %llu to %llu", text,
			(unsigned long long)number->min, (unsigned long long)number->max);
	return 0;
}

static int take_mode(struct load_options *options, const char *text, struct err *err)
{
	if (!strcmp(text, "idle"))
		options->mode = LOAD_IDLE;
	else if (!strcmp(text, "hold"))
		options->mode = LOAD_HOLD;
	else
		return err_set(err, ERR_INVALID, "found %s, wanted idle or hold", text);
	return 0;
}

static int take(struct load_options *options, int code, const char *text, struct err *err)
{
	if (code == 'm')
		return take_mode(options, text, err);
	if (code == 't')
		return script_find_task(span_of(text), &options->task, err);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (numbers[i].code == code)
			return take_number(options, &numbers[i], text, err);
	return err_set(err, ERR_INVALID, "unknown option, or one that lacks its value");
}

int load_options_parse(int argc, char **argv, struct load_options *ret_options, struct err *err)
{
	int code;

	*ret_options = (struct load_options){
		.image_bytes = 250000,
		.clients = 1,
		.duration_ms = 1000,
		.share = 95,
	};
	opterr = 0;
	// NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads
	while ((code = getopt(argc, argv, "b:c:d:m:n:s:t:w:")) != -1)
		if (take(ret_options, code, optarg, err) < 0)
			return -1;
	if (optind != argc - 1)
		return err_set(err, ERR_INVALID, "wanted one port");
	return take_number(ret_options, &port, argv[optind], err);
}
