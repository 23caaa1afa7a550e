#include "mlmock/arguments.h"

#include <getopt.h>

#include "mlmock/models.h"

const char arguments_help[] =
	"usage: mlmock [OPTION]...\n"
	"\n"
	"Answers like Immich's machine-learning service, with made-up vectors, faces and\n"
	"texts that are always the same for the same question. What it has received can\n"
	"be seen at /__mock/requests.\n"
	"\n"
	"  --listen ADDR:PORT   where to listen: 127.0.0.1:3003, [::1]:3003, or :3003 for\n"
	"                       all addresses; port 0 takes a free one (127.0.0.1:3003)\n"
	"  --name NAME          what it calls itself at /__mock/requests (mlmock)\n"
	"  --latency MS         how long an answer to /predict takes, in milliseconds (0)\n"
	"  --unavailable MODEL  a model that does not load; may be given up to 64 times\n"
	"  --no-decode          read only the size of pictures, and no more of them\n"
	"  --perturb SPEC       answer what another library, model or machine might have\n"
	"                       answered: SPEC is some of these, with commas between them:\n"
	"                       vector=D      vectors at a cosine distance of D\n"
	"                       box=Npx       boxes N pixels to the right\n"
	"                       score=D       scores that are D less\n"
	"                       text=N        N other characters in each text\n"
	"                       drop-face     one face less: the surest\n"
	"                       extra-face    one more\n"
	"                       order         lists and members the other way round\n"
	"                       float-format  the same numbers, written otherwise\n"
	"  --from CAPTURE       answer as it was recorded: 404 to what is not in it, and no\n"
	"                       answer where none came; up to 256 MiB of answers\n"
	"  --from-side SIDE     whose answers: client, what clients got (the default), or\n"
	"                       backend, what backends answered\n"
	"  --version            say which version this is, and end\n"
	"  --help               say this, and end\n";

enum setting {
	LISTEN,
	NAME,
	LATENCY,
	UNAVAILABLE,
	NO_DECODE,
	PERTURB,
	FROM,
	FROM_SIDE,
	VERSION,
	HELP
};

static const struct option known[] = {
	{"listen", required_argument, NULL, LISTEN},
	{"name", required_argument, NULL, NAME},
	{"latency", required_argument, NULL, LATENCY},
	{"unavailable", required_argument, NULL, UNAVAILABLE},
	{"no-decode", no_argument, NULL, NO_DECODE},
	{"perturb", required_argument, NULL, PERTURB},
	{"from", required_argument, NULL, FROM},
	{"from-side", required_argument, NULL, FROM_SIDE},
	{"version", no_argument, NULL, VERSION},
	{"help", no_argument, NULL, HELP},
	{NULL, 0, NULL, 0},
};

static int set_listen(struct arguments *arguments, struct span value, struct err *err)
{
	if (!hostport_parse_listen(value, &arguments->listen))
		return err_set(err, ERR_INVALID,
			"--listen: found \"%.*s\", wanted ADDR:PORT such as 127.0.0.1:3003, [::1]:3003 or "
			":3003",
			SPAN_ARG(value));
	return 0;
}

static int set_name(struct arguments *arguments, struct span value, struct err *err)
{
	if (!value.n)
		return err_set(err, ERR_INVALID, "--name: found \"\", wanted a name");
	arguments->setup.name = value;
	return 0;
}

static int set_latency(struct arguments *arguments, struct span value, struct err *err)
{
	uint64_t ms;

	if (!span_to_number(value, ARGUMENTS_LATENCY_MS_MAX, &ms))
		return err_set(err, ERR_INVALID,
			"--latency: found \"%.*s\", wanted a number of milliseconds up to %d", SPAN_ARG(value),
			ARGUMENTS_LATENCY_MS_MAX);
	arguments->setup.latency_ns = CLOCK_MS(ms);
	return 0;
}

static int add_unavailable(struct arguments *arguments, struct span value, struct err *err)
{
	struct predict_setup *predict = &arguments->setup.predict;
	BUF_AUTO struct buf name = {0};
	const struct models_model *model;

	models_normalise(value, &name);
	model = models_find(buf_span(&name));
	if (!model)
		return err_set(err, ERR_INVALID,
			"--unavailable: found \"%.*s\", wanted a model that the service knows, such as "
			"ViT-B-32__openai",
			SPAN_ARG(value));
	if (predict->unavailable_count == ARGUMENTS_UNAVAILABLE_MAX)
		return err_set(err, ERR_INVALID, "--unavailable: found one more, wanted at most %d",
			ARGUMENTS_UNAVAILABLE_MAX);
	arguments->unavailable[predict->unavailable_count++] = span_of(model->name);
	return 0;
}

static int set_perturb(struct arguments *arguments, struct span value, struct err *err)
{
	struct err cause;

	if (perturb_parse(value, &arguments->perturb, &cause) < 0)
		return err_set(err, ERR_INVALID, "--perturb: %s", cause.text);
	arguments->setup.predict.perturb = &arguments->perturb;
	return 0;
}

static int set_from(struct arguments *arguments, struct span value, struct err *err)
{
	if (!value.n)
		return err_set(err, ERR_INVALID, "--from: found \"\", wanted a capture");
	arguments->from = value.p; /* a word, with its NUL */
	return 0;
}

static int set_from_side(struct arguments *arguments, struct span value, struct err *err)
{
	for (int side = 0; side < HAR_SIDES; side++)
		if (span_is(value, har_side_words[side])) {
			arguments->from_side = (enum har_side)side;
			return 0;
		}
	return err_set(
		err, ERR_INVALID, "--from-side: found \"%.*s\", wanted client or backend", SPAN_ARG(value));
}

/* word is the one that the code came from. */
static int take(struct arguments *arguments, int code, const char *word, struct err *err)
{
	struct span value = optarg ? span_of(optarg) : SPAN_EMPTY;

	if (code == ':')
		return err_set(err, ERR_INVALID, "%s: found nothing, wanted a value", word);
	if (code == '?')
		return err_set(err, ERR_INVALID, "%s: unknown option, see --help", word);
	switch ((enum setting)code) {
	case LISTEN: return set_listen(arguments, value, err);
	case NAME: return set_name(arguments, value, err);
	case LATENCY: return set_latency(arguments, value, err);
	case UNAVAILABLE: return add_unavailable(arguments, value, err);
	case NO_DECODE: arguments->setup.predict.decodes = false; return 0;
	case PERTURB: return set_perturb(arguments, value, err);
	case FROM: return set_from(arguments, value, err);
	case FROM_SIDE: return set_from_side(arguments, value, err);
	case VERSION: arguments->action = ARGUMENTS_VERSION; return 0;
	case HELP: arguments->action = ARGUMENTS_HELP; return 0;
	}
	__builtin_unreachable();
}

/* '+': words in their order; ':': a missing value is told from an unknown option. */
static int next_code(int argc, char **argv)
{
	// NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads
	return getopt_long(argc, argv, "+:", known, NULL);
}

/* Ends early at --help and --version: who asks for them gets them, whatever else is wrong. */
static int take_words(struct arguments *arguments, int argc, char **argv, struct err *err)
{
	int at = 1;
	int code;

	optind = 0; /* glibc's way to begin anew */
	opterr = 0;
	while ((code = next_code(argc, argv)) != -1) {
		if (take(arguments, code, argv[at], err) < 0)
			return -1;
		if (arguments->action != ARGUMENTS_RUN)
			return 0;
		at = optind;
	}
	if (optind < argc)
		return err_set(err, ERR_INVALID, "%s: unknown argument, see --help", argv[optind]);
	return 0;
}

int arguments_parse(int argc, char **argv, struct arguments *ret_arguments, struct err *err)
{
	*ret_arguments = (struct arguments){
		.listen = {SPAN_LITERAL("127.0.0.1"), 3003},
		.setup = {.name = SPAN_LITERAL("mlmock"),
			.predict = {.decodes = true, .unavailable = ret_arguments->unavailable}},
	};
	return take_words(ret_arguments, argc, argv, err);
}
