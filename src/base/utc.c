/* Years are counted from March on, so that a leap day is the last of its year, and from the year 0
 * on, in eras of 400 years, after which the calendar repeats.
 */
#include "base/utc.h"

#include <assert.h>
#include <string.h>

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
