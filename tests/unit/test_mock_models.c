#include "mlmock/models.h"
#include "rig/suite.h"

START_TEST(normalise_given_odd_names_keeps_what_the_service_keeps)
{
	static const struct {
		const char *given;
		const char *kept;
	} cases[] = {
		{"ViT-B-32__openai", "ViT-B-32__openai"},
		{"immich-app/ViT-B-32__openai", "ViT-B-32__openai"},
		{"a/b/ViT-B-32::openai", "ViT-B-32__openai"},
		{"back\\slash", "back_slash"},
		{"buffalo.l", "buffalol"},
		{"a/", ""},
		{"/", ""},
		{"", ""},
		{"...", ""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		BUF_AUTO struct buf out = {0};

		models_normalise(span_of(cases[i].given), &out);
		ck_assert_msg(span_is(buf_span(&out), cases[i].kept), "%s", cases[i].given);
	}
}
END_TEST

START_TEST(find_given_known_names_tells_kind_and_dimensions)
{
	static const struct {
		const char *name;
		enum models_kind kind;
		unsigned dimensions;
	} cases[] = {
		{"RN101__openai", MODELS_OPENCLIP, 512},
		{"RN50x4__openai", MODELS_OPENCLIP, 640},
		{"ViT-B-32__openai", MODELS_OPENCLIP, 512},
		{"ViT-SO400M-16-SigLIP2-384__webli", MODELS_OPENCLIP, 1152},
		{"ViT-gopt-16-SigLIP2-384__webli", MODELS_OPENCLIP, 1536},
		{"XLM-Roberta-Large-Vit-B-16Plus", MODELS_MCLIP, 640},
		{"buffalo_l", MODELS_INSIGHTFACE, 512},
		{"PP-OCRv5_mobile", MODELS_PADDLE, 0},
		{"TH__PP-OCRv5_mobile", MODELS_PADDLE, 0},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct models_model *model = models_find(span_of(cases[i].name));

		ck_assert_ptr_nonnull(model);
		ck_assert_int_eq(model->kind, cases[i].kind);
		ck_assert_uint_eq(model->dimensions, cases[i].dimensions);
	}
}
END_TEST

START_TEST(find_given_unknown_names_finds_nothing)
{
	ck_assert_ptr_null(models_find(SPAN_EMPTY));
	ck_assert_ptr_null(models_find(SPAN_LITERAL("vit-b-32__openai")));
	ck_assert_ptr_null(models_find(SPAN_LITERAL("buffalo_")));
	ck_assert_ptr_null(models_find(SPAN_LITERAL("buffalo_lx")));
	ck_assert_ptr_null(models_find(SPAN_LITERAL("buffalo_l\0")));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mock_models");
	TCase *tcase = tcase_create("models");

	tcase_add_test(tcase, normalise_given_odd_names_keeps_what_the_service_keeps);
	tcase_add_test(tcase, find_given_known_names_tells_kind_and_dimensions);
	tcase_add_test(tcase, find_given_unknown_names_finds_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}
