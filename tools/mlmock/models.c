#include "mlmock/models.h"

static const struct models_model table[] = {
	{"RN101__openai", MODELS_OPENCLIP, 512},
	{"RN101__yfcc15m", MODELS_OPENCLIP, 512},
	{"RN50__cc12m", MODELS_OPENCLIP, 1024},
	{"RN50__openai", MODELS_OPENCLIP, 1024},
	{"RN50__yfcc15m", MODELS_OPENCLIP, 1024},
	{"RN50x16__openai", MODELS_OPENCLIP, 768},
	{"RN50x4__openai", MODELS_OPENCLIP, 640},
	{"RN50x64__openai", MODELS_OPENCLIP, 1024},
	{"ViT-B-16-SigLIP-256__webli", MODELS_OPENCLIP, 768},
	{"ViT-B-16-SigLIP-384__webli", MODELS_OPENCLIP, 768},
	{"ViT-B-16-SigLIP-512__webli", MODELS_OPENCLIP, 768},
	{"ViT-B-16-SigLIP-i18n-256__webli", MODELS_OPENCLIP, 768},
	{"ViT-B-16-SigLIP__webli", MODELS_OPENCLIP, 768},
	{"ViT-B-16-plus-240__laion400m_e31", MODELS_OPENCLIP, 640},
	{"ViT-B-16-plus-240__laion400m_e32", MODELS_OPENCLIP, 640},
	{"ViT-B-16__laion400m_e31", MODELS_OPENCLIP, 512},
	{"ViT-B-16__laion400m_e32", MODELS_OPENCLIP, 512},
	{"ViT-B-16__openai", MODELS_OPENCLIP, 512},
	{"ViT-B-32__laion2b-s34b-b79k", MODELS_OPENCLIP, 512},
	{"ViT-B-32__laion2b_e16", MODELS_OPENCLIP, 512},
	{"ViT-B-32__laion400m_e31", MODELS_OPENCLIP, 512},
	{"ViT-B-32__laion400m_e32", MODELS_OPENCLIP, 512},
	{"ViT-B-32__openai", MODELS_OPENCLIP, 512},
	{"ViT-H-14-378-quickgelu__dfn5b", MODELS_OPENCLIP, 1024},
	{"ViT-H-14-quickgelu__dfn5b", MODELS_OPENCLIP, 1024},
	{"ViT-H-14__laion2b-s32b-b79k", MODELS_OPENCLIP, 1024},
	{"ViT-L-14-336__openai", MODELS_OPENCLIP, 768},
	{"ViT-L-14-quickgelu__dfn2b", MODELS_OPENCLIP, 768},
	{"ViT-L-14__laion2b-s32b-b82k", MODELS_OPENCLIP, 768},
	{"ViT-L-14__laion400m_e31", MODELS_OPENCLIP, 768},
	{"ViT-L-14__laion400m_e32", MODELS_OPENCLIP, 768},
	{"ViT-L-14__openai", MODELS_OPENCLIP, 768},
	{"ViT-L-16-SigLIP-256__webli", MODELS_OPENCLIP, 1024},
	{"ViT-L-16-SigLIP-384__webli", MODELS_OPENCLIP, 1024},
	{"ViT-SO400M-14-SigLIP-384__webli", MODELS_OPENCLIP, 1152},
	{"ViT-g-14__laion2b-s12b-b42k", MODELS_OPENCLIP, 1024},
	{"XLM-Roberta-Base-ViT-B-32__laion5b_s13b_b90k", MODELS_OPENCLIP, 512},
	{"XLM-Roberta-Large-ViT-H-14__frozen_laion5b_s13b_b90k", MODELS_OPENCLIP, 1024},
	{"nllb-clip-base-siglip__mrl", MODELS_OPENCLIP, 768},
	{"nllb-clip-base-siglip__v1", MODELS_OPENCLIP, 768},
	{"nllb-clip-large-siglip__mrl", MODELS_OPENCLIP, 1152},
	{"nllb-clip-large-siglip__v1", MODELS_OPENCLIP, 1152},
	{"ViT-B-16-SigLIP2__webli", MODELS_OPENCLIP, 768},
	{"ViT-B-32-SigLIP2-256__webli", MODELS_OPENCLIP, 768},
	{"ViT-L-16-SigLIP2-256__webli", MODELS_OPENCLIP, 1024},
	{"ViT-L-16-SigLIP2-384__webli", MODELS_OPENCLIP, 1024},
	{"ViT-L-16-SigLIP2-512__webli", MODELS_OPENCLIP, 1024},
	{"ViT-SO400M-14-SigLIP2-378__webli", MODELS_OPENCLIP, 1152},
	{"ViT-SO400M-14-SigLIP2__webli", MODELS_OPENCLIP, 1152},
	{"ViT-SO400M-16-SigLIP2-256__webli", MODELS_OPENCLIP, 1152},
	{"ViT-SO400M-16-SigLIP2-384__webli", MODELS_OPENCLIP, 1152},
	{"ViT-SO400M-16-SigLIP2-512__webli", MODELS_OPENCLIP, 1152},
	{"ViT-gopt-16-SigLIP2-256__webli", MODELS_OPENCLIP, 1536},
	{"ViT-gopt-16-SigLIP2-384__webli", MODELS_OPENCLIP, 1536},
	{"LABSE-Vit-L-14", MODELS_MCLIP, 768},
	{"XLM-Roberta-Large-Vit-B-16Plus", MODELS_MCLIP, 640},
	{"XLM-Roberta-Large-Vit-B-32", MODELS_MCLIP, 512},
	{"XLM-Roberta-Large-Vit-L-14", MODELS_MCLIP, 768},
	{"antelopev2", MODELS_INSIGHTFACE, 512},
	{"buffalo_s", MODELS_INSIGHTFACE, 512},
	{"buffalo_m", MODELS_INSIGHTFACE, 512},
	{"buffalo_l", MODELS_INSIGHTFACE, 512},
	{"PP-OCRv5_server", MODELS_PADDLE, 0},
	{"PP-OCRv5_mobile", MODELS_PADDLE, 0},
	{"CH__PP-OCRv5_server", MODELS_PADDLE, 0},
	{"CH__PP-OCRv5_mobile", MODELS_PADDLE, 0},
	{"EL__PP-OCRv5_mobile", MODELS_PADDLE, 0},
	{"EN__PP-OCRv5_mobile", MODELS_PADDLE, 0},
	{"ESLAV__PP-OCRv5_mobile", MODELS_PADDLE, 0},
	{"KOREAN__PP-OCRv5_mobile", MODELS_PADDLE, 0},
	{"LATIN__PP-OCRv5_mobile", MODELS_PADDLE, 0},
	{"TH__PP-OCRv5_mobile", MODELS_PADDLE, 0},
};

void models_normalise(struct span name, struct buf *out)
{
	const char *slash = name.n ? memrchr(name.p, '/', name.n) : NULL;

	if (slash)
		name = span_skip(name, (size_t)(slash + 1 - name.p));
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (c == ':' || c == '\\')
			c = '_';
		if (c != '.')
			buf_add(out, (struct span){&c, 1});
	}
}

const struct models_model *models_find(struct span name)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (span_is(name, table[i].name))
			return &table[i];
	return NULL;
}
