// dicom_openjpeg.cpp: JPEG 2000 frames of DICOM files through OpenJPEG.
#include <openjpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "nn/data/codec/dicom_decoders.h"
#include "runtime/error.h"

namespace pellucid {
namespace {

// What is left to read of the frame.
struct OpenjpegInput {
  std::span<const std::byte> all;
  std::size_t at = 0;
};

OPJ_SIZE_T read_openjpeg(void* buffer, OPJ_SIZE_T size, void* user) {
  auto& input = *static_cast<OpenjpegInput*>(user);
  const std::size_t taken = std::min<std::size_t>(size, input.all.size() - input.at);
  if (taken == 0) return static_cast<OPJ_SIZE_T>(-1);
  std::memcpy(buffer, input.all.data() + input.at, taken);
  input.at += taken;
  return taken;
}

OPJ_OFF_T skip_openjpeg(OPJ_OFF_T size, void* user) {
  auto& input = *static_cast<OpenjpegInput*>(user);
  if (size < 0 || static_cast<std::uint64_t>(size) > input.all.size() - input.at) return -1;
  input.at += static_cast<std::size_t>(size);
  return size;
}

OPJ_BOOL seek_openjpeg(OPJ_OFF_T place, void* user) {
  auto& input = *static_cast<OpenjpegInput*>(user);
  if (place < 0 || static_cast<std::uint64_t>(place) > input.all.size()) return OPJ_FALSE;
  input.at = static_cast<std::size_t>(place);
  return OPJ_TRUE;
}

using OpenjpegStream = std::unique_ptr<opj_stream_t, decltype(&opj_stream_destroy)>;
using OpenjpegCodec = std::unique_ptr<opj_codec_t, decltype(&opj_destroy_codec)>;
using OpenjpegImage = std::unique_ptr<opj_image_t, decltype(&opj_image_destroy)>;

OpenjpegStream openjpeg_stream(OpenjpegInput& input) {
  OpenjpegStream stream(opj_stream_default_create(OPJ_TRUE), opj_stream_destroy);
  opj_stream_set_user_data(stream.get(), &input, nullptr);
  opj_stream_set_user_data_length(stream.get(), input.all.size());
  opj_stream_set_read_function(stream.get(), read_openjpeg);
  opj_stream_set_skip_function(stream.get(), skip_openjpeg);
  opj_stream_set_seek_function(stream.get(), seek_openjpeg);
  return stream;
}

// A frame is a code stream; some writers put it into the boxes of a JP2 file.
OpenjpegCodec openjpeg_codec(std::span<const std::byte> frame) {
  constexpr std::string_view kBox("\0\0\0\x0CjP  ", 8);
  const std::string_view text(reinterpret_cast<const char*>(frame.data()), frame.size());
  OpenjpegCodec codec(opj_create_decompress(text.starts_with(kBox) ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K),
                      opj_destroy_codec);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  if (!codec || !opj_setup_decoder(codec.get(), &parameters))
    fail("JPEG 2000: OpenJPEG cannot start");
  return codec;
}

void check_openjpeg_image(const opj_image_t& image, const DicomHeader& h, const std::string& name) {
  const std::uint32_t width = image.x1 - image.x0, height = image.y1 - image.y0;
  bool alike = image.numcomps == static_cast<std::uint32_t>(h.samples) &&
               width == static_cast<std::uint32_t>(h.width) &&
               height == static_cast<std::uint32_t>(h.height);
  for (std::uint32_t c = 0; alike && c < image.numcomps; ++c)
    alike = image.comps[c].dx == 1 && image.comps[c].dy == 1 &&
            image.comps[c].prec == image.comps[0].prec;
  if (!alike)
    fail(name, ": another picture in its JPEG 2000 (found ", width, " × ", height, " of ",
         image.numcomps, image.numcomps == 1 ? " plane" : " planes", "; expected ", h.width, " × ",
         h.height, " of ", h.samples, ", alike in size and depth)");
  const std::uint32_t bits = image.comps[0].prec;
  if (bits < 1 || bits > 16)
    fail(name, ": wrong depth of its JPEG 2000 (found ", bits, " bits; expected 1 to 16)");
}

}  // namespace

DicomSamples decode_dicom_jpeg2000(std::span<const std::byte> frame, const DicomHeader& h,
                                   const std::string& name) {
  OpenjpegInput input{frame};
  const OpenjpegStream stream = openjpeg_stream(input);
  const OpenjpegCodec codec = openjpeg_codec(frame);
  opj_image_t* made = nullptr;
  const auto damaged = [&](const char* found) {
    fail(name, ": damaged JPEG 2000 (found ", found, "; expected a whole picture)");
  };
  const bool begun = opj_read_header(stream.get(), codec.get(), &made) != 0;
  const OpenjpegImage image(made, opj_image_destroy);
  if (!begun || !image || image->numcomps == 0) damaged("no header");
  check_openjpeg_image(*image, h, name);
  if (!opj_decode(codec.get(), stream.get(), image.get()) ||
      !opj_end_decompress(codec.get(), stream.get()))
    damaged("fewer or other bytes");
  const int bits = static_cast<int>(image->comps[0].prec);
  DicomSamples out{.words = std::vector<std::uint16_t>(h.values()), .bits = bits};
  const std::size_t samples = image->numcomps;
  for (std::size_t c = 0; c < samples; ++c) {
    const opj_image_comp_t& plane = image->comps[c];
    if (plane.data == nullptr || std::size_t{plane.w} * plane.h != h.values() / samples)
      damaged("no values");
    for (std::size_t i = 0; i < h.values() / samples; ++i)
      out.words[i * samples + c] = static_cast<std::uint16_t>(
          static_cast<std::uint32_t>(plane.data[i]) & ((1U << bits) - 1));
  }
  // OpenJPEG undoes the transformation of colours that the stream declares.
  out.rgb = h.colour == DicomColour::ybr_rct || h.colour == DicomColour::ybr_ict;
  return out;
}

}  // namespace pellucid
