#include "mlreplay/words.h"

/* Where what an option does is written. */
enum { HELP_COLUMN = 22 };

static const struct words_option help_option = {
	.name = "help", .help = "say this, and end", .kind = WORDS_FLAG};

static const char *dashes_of(const char *name)
{
	return name[0] && name[1] ? "--" : "-";
}

/* -- reading --------------------------------------------------------------------------------- */

struct reading {
	const struct words_form *form;
	char *const *next; /* the words that are left */
	void *settings;
	struct words given;
	size_t operand_count;
	bool is_past_options;
};

static bool is_option(const struct reading *reading, const char *word)
{
	return !reading->is_past_options && word[0] == '-' && word[1];
}

static const struct words_option *find(const struct words_form *form, struct span name)
{
	for (size_t i = 0; i < form->option_count; i++)
		if (span_is(name, form->options[i].name))
			return &form->options[i];
	return span_is(name, help_option.name) ? &help_option : NULL;
}

/* The option that the word names: "--name", "--name=value" with a value, or "-n". */
static const struct words_option *find_named(
	const struct words_form *form, const char *word, const char **ret_value)
{
	bool is_long = word[1] == '-';
	const char *end = is_long ? strchr(word, '=') : NULL;
	struct span name = span_of(word + (is_long ? 2 : 1));

	*ret_value = end ? end + 1 : NULL;
	if (end)
		name = span_between(name.p, end);
	return (name.n > 1) == is_long ? find(form, name) : NULL;
}

static int refuse(
	const struct words_option *option, const char *value, const char *wanted, struct err *err)
{
	return err_set(err, ERR_INVALID, "%s%s: found \"%s\", wanted %s", dashes_of(option->name),
		option->name, value, wanted);
}

static int take_number(
	const struct words_option *option, const char *value, uint64_t *number, struct err *err)
{
	uint64_t found;

	if (!span_to_number(span_of(value), option->max, &found) || found < option->min)
		return err_set(err, ERR_INVALID, "%s%s: found \"%s\", wanted a number from %llu to %llu",
			dashes_of(option->name), option->name, value, (unsigned long long)option->min,
			(unsigned long long)option->max);
	*number = found;
	return 0;
}

static int take_value(
	const struct words_option *option, const char *value, void *settings, struct err *err)
{
	void *member = (char *)settings + option->offset;

	switch (option->kind) {
	case WORDS_FLAG:
		if (value)
			return refuse(option, value, "nothing", err);
		*(bool *)member = true;
		return 0;
	case WORDS_TEXT:
		if (!*value)
			return refuse(option, value, option->value, err);
		*(const char **)member = value;
		return 0;
	case WORDS_NUMBER: return take_number(option, value, member, err);
	case WORDS_OTHER:
		return option->take(settings, span_of(value)) ? 0
													  : refuse(option, value, option->wanted, err);
	}
	__builtin_unreachable();
}

static int take_option(struct reading *reading, const char *word, struct err *err)
{
	const char *value;
	const struct words_option *option = find_named(reading->form, word, &value);

	if (!option)
		return err_set(err, ERR_INVALID, "%s: unknown option, see --help", word);
	if (option == &help_option) {
		reading->given.wants_help = true;
		return 0;
	}
	if (option->kind != WORDS_FLAG && !value) {
		value = *reading->next;
		if (!value)
			return err_set(err, ERR_INVALID, "%s: found nothing, wanted %s", word, option->value);
		reading->next++;
	}
	return take_value(option, value, reading->settings, err);
}

static int take_word(struct reading *reading, const char *word, struct err *err)
{
	if (is_option(reading, word)) {
		if (strcmp(word, "--") != 0)
			return take_option(reading, word, err);
		reading->is_past_options = true;
		return 0;
	}
	if (!reading->form->operands[reading->operand_count])
		return err_set(err, ERR_INVALID, "%s: one argument too many, see --help", word);
	reading->given.operands[reading->operand_count++] = word;
	return 0;
}

/* Ends early at --help: who asks for it gets it, whatever else is wrong behind it. */
int words_read(const struct words_form *form, char *const *words, void *settings,
	struct words *ret_words, struct err *err)
{
	struct reading reading = {.form = form, .next = words, .settings = settings};
	const char *lacking;

	while (*reading.next && !reading.given.wants_help)
		if (take_word(&reading, *reading.next++, err) < 0)
			return -1;
	lacking = form->operands[reading.operand_count];
	if (lacking && !reading.given.wants_help)
		return err_set(err, ERR_INVALID, "found no %s, see --help", lacking);
	*ret_words = reading.given;
	return 0;
}

/* -- the page -------------------------------------------------------------------------------- */

void words_write_usage(const struct words_form *form, const char *name, struct buf *out)
{
	buf_add_format(out, "usage: mlreplay %s", name);
	for (const char *const *operand = form->operands; *operand; operand++)
		buf_add_format(out, " %s", *operand);
	buf_add_text(out, form->option_count ? " [OPTION]...\n" : "\n");
}

static void pad(struct buf *out, size_t from)
{
	buf_add_format(out, "%*s", HELP_COLUMN - (int)from, "");
}

/* An option that is too long has a line of its own above what it does. */
static void write_option(const struct words_option *option, struct buf *out)
{
	struct span rest = span_of(option->help);
	size_t begin = out->n;
	size_t columns;

	buf_add_format(out, "  %s%s", dashes_of(option->name), option->name);
	if (option->value)
		buf_add_format(out, " %s", option->value);
	columns = out->n - begin;
	if (columns + 2 > HELP_COLUMN) {
		buf_add_text(out, "\n");
		columns = 0;
	}
	while (rest.n) {
		struct span line = span_cut(&rest, '\n');

		pad(out, columns);
		buf_add_format(out, "%.*s\n", SPAN_ARG(line));
		columns = 0;
	}
}

void words_write_options(const struct words_form *form, struct buf *out)
{
	for (size_t i = 0; i < form->option_count; i++)
		write_option(&form->options[i], out);
	write_option(&help_option, out);
}
