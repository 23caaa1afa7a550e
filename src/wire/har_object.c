#include "wire/har_object.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/crc32c.h"
#include "wire/latin1.h"

void har_checksum_end(struct span front, char ret_end[sizeof HAR_CHECKSUM_END])
{
	static const char form[] = HAR_CHECKSUM_END;
	uint32_t crc = crc32c(0, front);

	(void)snprintf(
		ret_end, sizeof form, "%.*s%08" PRIx32 "\"}", (int)(strlen(form) - 10), form, crc);
}

struct har_object har_object_begin(struct buf *out)
{
	buf_add_text(out, "{");
	return (struct har_object){.out = out};
}

void har_object_key(struct har_object *object, const char *key)
{
	buf_add_text(object->out, object->has_members ? ",\"" : "\"");
	buf_add_text(object->out, key);
	buf_add_text(object->out, "\":");
	object->has_members = true;
}

static void write_latin1_keys(struct har_object *object)
{
	har_object_key(object, HAR_LATIN1);
	for (size_t i = 0; i < object->latin1_count; i++) {
		buf_add_text(object->out, i ? "," : "[");
		buf_add_json(object->out, span_of(object->latin1[i]));
	}
	buf_add_text(object->out, "]");
}

void har_object_end(struct har_object *object)
{
	if (object->latin1_count)
		write_latin1_keys(object);
	buf_add_text(object->out, "}");
}

void har_object_text(struct har_object *object, const char *key, struct span text)
{
	har_object_key(object, key);
	if (span_utf8_length(text) == text.n) {
		buf_add_json(object->out, text);
		return;
	}
	assert(object->latin1_count < HAR_OBJECT_TEXTS);
	object->latin1[object->latin1_count++] = key;
	latin1_write_json(text, object->out);
}

void har_object_text_if(struct har_object *object, const char *key, struct span text)
{
	if (text.n)
		har_object_text(object, key, text);
}

void har_object_number(struct har_object *object, const char *key, uint64_t number)
{
	har_object_key(object, key);
	buf_add_number(object->out, number);
}

void har_object_ms(struct har_object *object, const char *key, int64_t ns)
{
	enum { NS_IN_MS = 1000000, DECIMALS = 6 };
	char decimals[1 + DECIMALS] = ".000000";
	size_t n = sizeof decimals;

	har_object_key(object, key);
	if (ns < 0) {
		buf_add_text(object->out, "-1");
		return;
	}
	for (int64_t rest = ns; n > 1; rest /= 10)
		decimals[--n] = (char)('0' + rest % 10);
	for (n = sizeof decimals; n > 1 && decimals[n - 1] == '0';)
		n--;
	buf_add_number(object->out, (uint64_t)ns / NS_IN_MS);
	if (n > 1)
		buf_add(object->out, (struct span){decimals, n});
}

void har_object_json(struct har_object *object, const char *key, const char *json)
{
	har_object_key(object, key);
	buf_add_text(object->out, json);
}
