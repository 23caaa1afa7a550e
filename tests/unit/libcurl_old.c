/* A libcurl that is too old: the one that there is, behind a function that knows no option. */
#include <curl/curl.h>

#undef curl_easy_setopt

CURLcode curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
	(void)easy;
	(void)option;
	return CURLE_UNKNOWN_OPTION;
}
