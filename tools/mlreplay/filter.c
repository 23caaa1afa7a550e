#include "mlreplay/filter.h"

#include "base/ascii.h"

/* -- reading --------------------------------------------------------------------------------- */

static const char *const keys[FILTER_KEYS] = {
	[FILTER_TASK] = "task",
	[FILTER_MODEL] = "model",
	[FILTER_STATUS] = "status",
	[FILTER_BACKEND] = "backend",
};

/* "200", "2xx", or "none", for which 0 stands. */
static bool read_status(struct span value, struct filter_term *term)
{
	bool is_class = value.n == 3 && span_is(span_skip(value, 1), "xx");
	uint64_t status;

	if (span_is(value, "none"))
		return true; /* from 0 to 0 */
	if (!span_to_number(is_class ? span_first(value, 1) : value, is_class ? 5 : 599, &status))
		return false;
	term->status_first = (int)status * (is_class ? 100 : 1);
	term->status_last = term->status_first + (is_class ? 99 : 0);
	return term->status_first >= 100;
}

static bool read_term(struct span text, struct filter_term *ret_term)
{
	struct span value = text;
	struct span key = span_cut(&value, '=');
	struct filter_term term = {.key = FILTER_TASK, .value = value};

	while (term.key < FILTER_KEYS && !span_is(key, keys[term.key]))
		term.key++;
	if (term.key == FILTER_KEYS || !value.n ||
		(term.key == FILTER_STATUS && !read_status(value, &term)))
		return false;
	if (term.key == FILTER_TASK && span_is(value, "facial_recognition")) /* as routes may say */
		term.value = SPAN_LITERAL("facial-recognition");
	*ret_term = term;
	return true;
}

bool filter_parse(struct span text, struct filter *filter)
{
	struct filter more = *filter;
	bool has_more = true;

	while (has_more) {
		struct span term;

		has_more = text.n && memchr(text.p, ',', text.n);
		term = span_cut(&text, ',');
		if (more.count == FILTER_TERMS_MAX || !read_term(term, &more.terms[more.count]))
			return false;
		more.count++;
	}
	*filter = more;
	return true;
}

void filter_print(const struct filter *filter, struct buf *out)
{
	for (size_t i = 0; i < filter->count; i++) {
		buf_add_format(out, "%s%s=", i ? "," : "", keys[filter->terms[i].key]);
		buf_add(out, filter->terms[i].value);
	}
}

/* -- applying -------------------------------------------------------------------------------- */

static bool has_task(const struct entries *entries, struct span name)
{
	for (size_t i = 0; entries && i < entries->task_count; i++)
		if (span_equal(entries->tasks[i].name, name))
			return true;
	return false;
}

static bool has_model(const struct entries *entries, struct span name)
{
	for (size_t i = 0; entries && i < entries->task_count; i++)
		for (size_t k = 0; k < entries->tasks[i].type_count; k++)
			if (span_equal(entries->tasks[i].types[k].model, name))
				return true;
	return false;
}

static bool term_fits(const struct filter_term *term, const struct filter_facts *facts)
{
	switch (term->key) {
	case FILTER_TASK: return has_task(facts->entries, term->value);
	case FILTER_MODEL: return has_model(facts->entries, term->value);
	case FILTER_STATUS:
		return facts->status >= term->status_first && facts->status <= term->status_last;
	case FILTER_BACKEND: return span_equal(facts->backend, term->value);
	case FILTER_KEYS: break;
	}
	__builtin_unreachable();
}

bool filter_fits(const struct filter *filter, const struct filter_facts *facts)
{
	bool is_named[FILTER_KEYS] = {false};
	bool is_met[FILTER_KEYS] = {false};

	for (size_t i = 0; i < filter->count; i++) {
		const struct filter_term *term = &filter->terms[i];

		is_named[term->key] = true;
		is_met[term->key] = is_met[term->key] || term_fits(term, facts);
	}
	for (size_t key = 0; key < FILTER_KEYS; key++)
		if (is_named[key] && !is_met[key])
			return false;
	return true;
}
