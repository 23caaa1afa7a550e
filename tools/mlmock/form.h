/* form: the fields of a whole POST /predict body, as the service collects them.
 *
 *     Content-Type -- multipart/form-data -----------------> parts
 *                  -- application/x-www-form-urlencoded ---> pairs
 *                  -- anything else -----------------------> no fields at all
 *
 * Of a field that comes twice the last counts. A part that is cut off by the end of the body does
 * not count. What wire/multipart refuses and the service would have read somehow (a boundary over
 * 70 bytes, two Content-Disposition lines) is answered like any other broken body.
 */
#ifndef MLMOCK_FORM_H
#define MLMOCK_FORM_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

enum {
	FORM_FIELDS_MAX = 1000,         /* the service's */
	FORM_FILES_MAX = 1000,          /* the service's */
	FORM_FIELD_BYTES_MAX = 1 << 20, /* the service's; files are not limited */
	FORM_PARTS_KEPT = 16,           /* in `parts` */
};

enum form_name { FORM_ENTRIES, FORM_IMAGE, FORM_TEXT, FORM_NAMES };

struct form_field {
	bool is_there;
	bool is_file;          /* came with a file name, if only an empty one */
	struct span content;   /* points into the body or the arena */
	struct span file_name; /* of files; unescaped */
	struct span head;      /* of files: the raw header lines */
};

struct form_part {
	struct span name;
	size_t bytes;
};

struct form {
	struct form_field fields[FORM_NAMES];
	struct form_part parts[FORM_PARTS_KEPT]; /* the first ones, whatever their names */
	size_t part_count;                       /* of all */
};

/* Spans point into the body or the arena. content_type is empty when there is none. -1 (ERR_SYNTAX)
 * with the service's detail. */
int form_read(struct span content_type, struct span body, struct arena *arena,
	struct form *ret_form, struct err *err) __attribute__((warn_unused_result));

/* The text as UTF-8: what is not, the service takes for Latin-1. */
struct span form_text(struct span text, struct arena *arena);

/* Latin-1 as UTF-8. */
struct span form_latin1(struct span text, struct arena *arena);

#endif
