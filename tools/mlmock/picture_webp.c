#include <webp/decode.h>
#include <webp/demux.h>

#include "mlmock/picture_format.h"

/* A decoder's working state for the corner pixel alone: everything before it is decoded on the way,
 * and nothing but it is kept. */
static int decode_frame(struct span frame, struct err *err)
{
	WebPDecoderConfig config;
	VP8StatusCode status;
	int width;
	int height;

	if (!WebPInitDecoderConfig(&config))
		return err_set(err, ERR_INTERNAL, "libwebp does not start");
	if (!WebPGetInfo((const uint8_t *)frame.p, frame.n, &width, &height))
		return err_set(err, ERR_INVALID, "WebP: a frame without a size");
	config.options.use_cropping = 1;
	config.options.crop_left = (width - 1) & ~1; /* libwebp wants even ones */
	config.options.crop_top = (height - 1) & ~1;
	config.options.crop_width = width - config.options.crop_left;
	config.options.crop_height = height - config.options.crop_top;
	config.output.colorspace = MODE_RGBA; /* with alpha, so that it is decoded too */
	status = WebPDecode((const uint8_t *)frame.p, frame.n, &config);
	WebPFreeDecBuffer(&config.output);
	if (status != VP8_STATUS_OK)
		return err_set(err, ERR_INVALID, "WebP: decoding ends with status %d", (int)status);
	return 0;
}

/* The first frame, which is all there is unless the picture moves. The demuxer refuses files that
 * are cut off. */
static int decode_first(struct span bytes, struct err *err)
{
	WebPData data = {(const uint8_t *)bytes.p, bytes.n};
	WebPDemuxer *demuxer = WebPDemux(&data);
	WebPIterator frame;
	int status;

	if (!demuxer)
		return err_set(err, ERR_INVALID, "WebP: cut off or broken");
	if (WebPDemuxGetFrame(demuxer, 1, &frame)) {
		status = decode_frame(
			(struct span){(const char *)frame.fragment.bytes, frame.fragment.size}, err);
		WebPDemuxReleaseIterator(&frame);
	} else {
		status = err_set(err, ERR_INVALID, "WebP: no frame");
	}
	WebPDemuxDelete(demuxer);
	return status;
}

int picture_webp_read(struct span bytes, bool decode, struct picture *ret_picture, struct err *err)
{
	WebPBitstreamFeatures features;

	if (WebPGetFeatures((const uint8_t *)bytes.p, bytes.n, &features) != VP8_STATUS_OK)
		return err_set(err, ERR_INVALID, "WebP: cut off or broken");
	if (picture_check_size((uint64_t)features.width, (uint64_t)features.height, err) < 0)
		return -1;
	if (decode && decode_first(bytes, err) < 0)
		return -1;
	*ret_picture = (struct picture){(uint32_t)features.width, (uint32_t)features.height};
	return 0;
}
