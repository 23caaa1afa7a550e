/* redact: what is taken out of a recorded exchange before anything of it touches the disk. Fields
 * that are credentials never get that far; these are rules of the configuration besides. */
#ifndef DOMAIN_REDACT_H
#define DOMAIN_REDACT_H

#include "base/buf.h"
#include "base/span.h"

enum { REDACT_RULES_MAX = 64 };

enum redact_kind {
	REDACT_HEADER,     /* {"header":"user-agent"}: the value of the field, of request and answer */
	REDACT_ENTRIES,    /* {"entries":"clip.textual.options.language"}: the value at the path */
	REDACT_TEXT,       /* {"text":"hash"}: the query becomes a keyed hash */
	REDACT_IMAGE_EXIF, /* {"image":"exif"}: what is no picture is taken out of the file */
	REDACT_IMAGE_SYNTHETIC, /* {"image":"synthetic"}: a grey picture of the same size instead */
	REDACT_ANSWER,          /* {"answer":"ocr.text"}: the value at the path */
};

struct redact_rule {
	enum redact_kind kind;
	struct span name; /* of a field, or a path */
};

#define REDACT_MARK "(redacted)"

/* True for a field whose value nobody may ever see: Authorization, Cookie, Set-Cookie,
 * Proxy-Authorization, X-Api-Key and their like. */
bool redact_is_credential(struct span field_name);

/* Writes JSON, which has passed json_check, with each value whose path fits the pattern (see
 * wire/json_path) replaced by one of the same type that says nothing: "(redacted)", 0, false, [] or
 * {}. False when there is none; then nothing is written. */
bool redact_json(struct span json, struct span pattern, struct buf *out);

/* Sets *out to what the rules of that kind leave of the text; false when it is not JSON, so that
 * nobody knows what is in it. */
bool redact_json_by(const struct redact_rule *rules, size_t count, enum redact_kind kind,
	struct span json, struct buf *out);

/* Writes a picture without what is no picture, as image_strip() does: its pixels stay as they are,
 * as the service reads them, which does not turn pictures. False when that cannot be done, as for a
 * kind of file that nobody here knows; then nothing is written, and the picture must not be kept.
 */
bool redact_exif(struct span picture, struct buf *out);

/* Writes a grey JPEG as large as the picture, in pixels, and in bytes if that can be. False as
 * above, and where it would be much larger. */
bool redact_picture(struct span picture, struct buf *out);

#endif
