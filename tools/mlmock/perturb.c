#include "mlmock/perturb.h"

#include <stddef.h>

#include "wire/json.h"
#include "wire/json_number.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* A number up to `max`, where a unit may stand behind it, goes to the member at the offset. */
static const struct amount {
	const char *name;
	double max;
	const char *unit;
	size_t offset;
} amounts[] = {
	{"vector", 2, "", offsetof(struct perturb, vector)},
	{"box", 10000, "px", offsetof(struct perturb, box_px)},
	{"score", 1, "", offsetof(struct perturb, score)},
};

static const struct flag {
	const char *name;
	size_t offset;
} flags[] = {
	{"drop-face", offsetof(struct perturb, drops_face)},
	{"extra-face", offsetof(struct perturb, adds_face)},
	{"order", offsetof(struct perturb, turns)},
	{"float-format", offsetof(struct perturb, formats)},
};

static bool is_number(struct span text)
{
	enum json_type type;
	struct err err;

	return json_check_whole(text, &type, &err) == 0 && type == JSON_NUMBER;
}

static int set_amount(
	const struct amount *amount, struct span text, struct perturb *perturb, struct err *err)
{
	struct span unit = span_of(amount->unit);
	struct span value = text;
	double number;

	if (span_ends(value, unit))
		value.n -= unit.n;
	number = is_number(value) ? json_number_value(json_trim(value)) : -1;
	if (!(number >= 0 && number <= amount->max))
		return err_set(err, ERR_INVALID, "found \"%s=%.*s\", wanted a number from 0 to %g",
			amount->name, SPAN_ARG(text), amount->max);
	memcpy((char *)perturb + amount->offset, &number, sizeof number);
	return 0;
}

static int set_text(struct span text, struct perturb *perturb, struct err *err)
{
	uint64_t number;

	if (!span_to_number(text, PERTURB_TEXT_MAX, &number))
		return err_set(err, ERR_INVALID, "found \"text=%.*s\", wanted a number from 0 to %d",
			SPAN_ARG(text), PERTURB_TEXT_MAX);
	perturb->text = (unsigned)number;
	return 0;
}

static const struct flag *find_flag(struct span word)
{
	for (size_t i = 0; i < COUNT_OF(flags); i++)
		if (span_is(word, flags[i].name))
			return &flags[i];
	return NULL;
}

static int take(struct span word, struct perturb *perturb, struct err *err)
{
	const struct flag *flag = find_flag(word);
	struct span value = word;
	struct span name = span_cut(&value, '=');

	if (flag) {
		*((char *)perturb + flag->offset) = true;
		return 0;
	}
	if (span_is(name, "text"))
		return set_text(value, perturb, err);
	for (size_t i = 0; i < COUNT_OF(amounts); i++)
		if (span_is(name, amounts[i].name))
			return set_amount(&amounts[i], value, perturb, err);
	return err_set(err, ERR_INVALID,
		"found \"%.*s\", wanted vector=DISTANCE, box=PIXELS, score=DIFFERENCE, text=CHARACTERS, "
		"drop-face, extra-face, order or float-format",
		SPAN_ARG(word));
}

int perturb_parse(struct span spec, struct perturb *ret_perturb, struct err *err)
{
	struct perturb perturb = {0};

	do {
		if (take(span_cut(&spec, ','), &perturb, err) < 0)
			return -1;
	} while (spec.p); /* not even an empty word is left */
	*ret_perturb = perturb;
	return 0;
}
