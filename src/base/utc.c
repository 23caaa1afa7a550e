/* Years are counted from March on, so that a leap day is the last of its year, and from the year 0
 * on, in eras of 400 years, after which the calendar repeats.
 */
#include "base/utc.h"

#include <assert.h>

#include "base/ascii.h"

enum { DAY_S = 86400, ERA_DAYS = 146097, ERA_YEARS = 400, DAYS_TO_1970 = 719468 };

struct date {
	unsigned year;
	unsigned month;
	unsigned day;
};

static struct date date_of(int64_t days_since_1970)
{
	unsigned days = (unsigned)(days_since_1970 + DAYS_TO_1970);
	unsigned day_of_era = days % ERA_DAYS;
	unsigned year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (ERA_DAYS - 1)) / 365;
	unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned month_from_march = (5 * day_of_year + 2) / 153;
	unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;

	return (struct date){
		.year = days / ERA_DAYS * ERA_YEARS + year_of_era + (month <= 2),
		.month = month,
		.day = day_of_year - (153 * month_from_march + 2) / 5 + 1,
	};
}

/* The number's digits, with zeros in front, ending before `end`. */
static void put(char *end, unsigned digits, unsigned number)
{
	for (; digits; digits--, number /= 10)
		*--end = (char)('0' + number % 10);
}

void utc_write(int64_t seconds, unsigned ms, char ret_text[UTC_LENGTH])
{
	static const char form[UTC_LENGTH + 1] = "0000-00-00T00:00:00.000Z";
	int64_t days = seconds / DAY_S - (seconds % DAY_S < 0);
	unsigned of_day = (unsigned)(seconds - days * DAY_S);
	struct date date = date_of(days);

	assert(date.year <= 9999 && ms < 1000);
	memcpy(ret_text, form, UTC_LENGTH);
	put(ret_text + 4, 4, date.year);
	put(ret_text + 7, 2, date.month);
	put(ret_text + 10, 2, date.day);
	put(ret_text + 13, 2, of_day / 3600);
	put(ret_text + 16, 2, of_day / 60 % 60);
	put(ret_text + 19, 2, of_day % 60);
	put(ret_text + 23, 3, ms);
}

/* -- reading --------------------------------------------------------------------------------- */

static const int64_t first_second = INT64_C(-62135596800);
static const int64_t last_second = INT64_C(253402300799);

static int64_t days_of(struct date date)
{
	unsigned year = date.year - (date.month <= 2);
	unsigned month_from_march = (date.month + 9) % 12;
	unsigned year_of_era = year % ERA_YEARS;
	unsigned day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
	unsigned day_of_era = 365 * year_of_era + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return (int64_t)(year / ERA_YEARS) * ERA_DAYS + day_of_era - DAYS_TO_1970;
}

static unsigned days_in(unsigned year, unsigned month)
{
	bool is_leap = year % 4 == 0 && (year % 100 || year % 400 == 0);

	if (month == 2)
		return 28 + is_leap;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* Takes so many digits off the front, which must make a number from min to max. */
static bool take_number(struct span *text, size_t digits, unsigned min, unsigned max, unsigned *ret)
{
	uint64_t number;

	if (text->n < digits || !span_to_number(span_first(*text, digits), max, &number))
		return false;
	*text = span_skip(*text, digits);
	*ret = (unsigned)number;
	return number >= min;
}

static bool take_mark(struct span *text, char mark)
{
	if (!text->n || ascii_lower(text->p[0]) != mark)
		return false;
	*text = span_skip(*text, 1);
	return true;
}

static bool take_date(struct span *text, struct date *ret)
{
	return take_number(text, 4, 1, 9999, &ret->year) && take_mark(text, '-') &&
		   take_number(text, 2, 1, 12, &ret->month) && take_mark(text, '-') &&
		   take_number(text, 2, 1, days_in(ret->year, ret->month), &ret->day);
}

/* A leap second is the first one of the next minute. */
static bool take_time(struct span *text, int64_t *ret_seconds)
{
	unsigned hour;
	unsigned minute;
	unsigned second;

	if (!take_number(text, 2, 0, 23, &hour) || !take_mark(text, ':') ||
		!take_number(text, 2, 0, 59, &minute) || !take_mark(text, ':') ||
		!take_number(text, 2, 0, 60, &second))
		return false;
	*ret_seconds = (int64_t)hour * 3600 + (int64_t)minute * 60 + second;
	return true;
}

/* Where there is a point, at least one digit behind it. */
static bool take_fraction(struct span *text, unsigned *ret_us)
{
	unsigned unit = 100000;

	*ret_us = 0;
	if (!take_mark(text, '.'))
		return true;
	if (!text->n || !ascii_is_digit(text->p[0]))
		return false;
	for (; text->n && ascii_is_digit(text->p[0]); unit /= 10, *text = span_skip(*text, 1))
		*ret_us += (unsigned)(text->p[0] - '0') * unit;
	return true;
}

static bool take_offset(struct span *text, int64_t *ret_seconds)
{
	bool is_behind = text->n && text->p[0] == '-';
	unsigned hour;
	unsigned minute;

	*ret_seconds = 0;
	if (take_mark(text, 'z'))
		return true;
	if (!take_mark(text, is_behind ? '-' : '+') || !take_number(text, 2, 0, 23, &hour) ||
		!take_mark(text, ':') || !take_number(text, 2, 0, 59, &minute))
		return false;
	*ret_seconds = ((int64_t)hour * 3600 + (int64_t)minute * 60) * (is_behind ? -1 : 1);
	return true;
}

bool utc_read(struct span text, int64_t *ret_us)
{
	struct date date;
	int64_t of_day;
	int64_t offset;
	int64_t seconds;
	unsigned us;

	if (!take_date(&text, &date) || !take_mark(&text, 't') || !take_time(&text, &of_day) ||
		!take_fraction(&text, &us) || !take_offset(&text, &offset) || text.n)
		return false;
	seconds = days_of(date) * DAY_S + of_day - offset;
	if (seconds < first_second || seconds > last_second)
		return false;
	*ret_us = seconds * 1000000 + us;
	return true;
}
