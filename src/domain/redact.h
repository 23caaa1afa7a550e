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

/* Writes JSON, which has passed json_check, with what lies at the path replaced by a value of the
 * same type that says nothing: "(redacted)", 0, false, [] or {}. A segment "*" is any key or
 * element. False when there was nothing to replace; then nothing is written. */
bool redact_json(struct span json, struct span path, struct buf *out);

/* Writes a picture without what is no picture: EXIF, XMP, IPTC, comments of JPEG, PNG and WebP.
 * False for any other file, and for one that is broken; then nothing is written. Pixels stay as
 * they are, bit for bit, which is also how the service reads them, as it does not turn pictures. */
bool redact_exif(struct span picture, struct buf *out);

/* Writes a grey JPEG as large as the picture, in pixels, and in bytes if that can be. False where
 * the picture's size cannot be read; then nothing is written. */
bool redact_picture(struct span picture, struct buf *out);

#endif
