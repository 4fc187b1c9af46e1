#include "explain/masks/shared_layers.h"

#include "kernels/mask/mask.h"
#include "tests/kernels/masked_cases.h"
#include "tests/nn/plan/mixed_network.h"
#include "tests/support/compare.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

std::vector<Json> models() {
  std::vector<Json> all = {parse_json(kMixed, "mixed"), load_model_description("tiny"),
                           load_model_description("tiny_residual")};
  if (device() == DeviceKind::cpu) all.push_back(load_model_description("balve2024"));
  return all;
}

// Labels in 5 × 5 patches over n masks, drawn at random.
struct SharingCase {
  ActivationShape in;
  int n, words;
  std::vector<std::int32_t> labels;
  std::vector<std::uint32_t> words_of_masks;
  Tensor image, fill, device_labels, device_bits;

  SharingCase(const ActivationShape& input, int masks, int superpixels)
      : in(input), n(masks), words((superpixels + 31) / 32) {
    for (int h = 0; h < in.h; ++h)
      for (int w = 0; w < in.w; ++w) labels.push_back((h / 5 * 7 + w / 5) % superpixels);
    for (int i = 0; i < n * words; ++i)
      words_of_masks.push_back(random_bits({19, 1}, static_cast<std::uint64_t>(i)));
    image = pictures(in, 1);
    fill = Tensor::zeros(stream(), in.batch(1));
    device_labels = Tensor::from_host(stream(), {in.h, in.w}, labels);
    device_bits = Tensor::from_host(stream(), {n, words}, words_of_masks);
  }
  std::span<const std::uint32_t> bits() const { return words_of_masks; }
  MaskedImage masked() const {
    return {image.data<float>(),
            fill.data<float>(),
            device_labels.data<std::int32_t>(),
            device_bits.data<std::uint32_t>(),
            nullptr,
            words};
  }
};

}  // namespace

// On the cpu both ways add the same products in the same order.
TEST_CASE("shared layers: masks that share layers score as masks one by one") {
  for (const Json& description : models()) {
    const Model model(stream(), description, 7);
    CAPTURE(model.name());
    const Plan plan(stream(), model);
    const SharingCase k(model.input(), kSmallShapesOnly ? 6 : 48, kSmallShapesOnly ? 4 : 40);
    const auto shared = share_layers(plan, k.masked(), k.labels, k.bits(), SharedWhere::possible);
    REQUIRE(shared);
    // The values behind "mixed"'s second convolution meet no ReLU; what is behind tiny_residual's first
    // is read twice.
    CHECK(shared->layers == (model.name() == "tiny" || model.name() == "balve2024" ? 3 : 1));
    CHECK(shared->computed < 1);
    const auto one_by_one = plan.logits(k.masked(), k.n).to_host<float>(stream());
    const auto together = shared->logits(plan, 0, k.n).to_host<float>(stream());
    if (device() == DeviceKind::cpu) CHECK_SAME_BITS(together, one_by_one);
    CHECK_CLOSE(together, one_by_one, 5e-6, 5e-6);

    const auto last = shared->logits(plan, k.n - 1, 1).to_host<float>(stream());
    CHECK_SAME_BITS(last, std::vector<float>(together.end() - model.classes(), together.end()));
  }
}

TEST_CASE("shared layers: masks share layers where that is faster") {
  if (kSmallShapesOnly) return;
  const Model model(stream(), load_model_description("tiny"), 7);
  const Plan plan(stream(), model);
  const auto shares = [&](const SharingCase& k) {
    return share_layers(plan, k.masked(), k.labels, k.bits(), SharedWhere::faster);
  };
  // A GPU would be through with 200 masks before their patterns are found.
  const auto few = shares(SharingCase(model.input(), device() == DeviceKind::cuda ? 8000 : 200, 3));
  REQUIRE(few);
  CHECK(few->layers == 3);
  CHECK(few->computed < 0.05);
  // Each pixel a superpixel of its own: from anywhere all masks look different.
  SharingCase own(model.input(), 200, 1024);
  for (std::size_t i = 0; i < own.labels.size(); ++i)
    own.labels[i] = static_cast<std::int32_t>(i % 1024);
  CHECK(!shares(own));
}

TEST_CASE("shared layers: models that cannot share layers do without") {
  const Model unfused(stream(),
                      parse_json(R"({"name": "unfused", "input": [9, 9, 1], "layers": [
    {"type": "conv2d", "filters": 2, "kernel": 3}, {"type": "max_pool2d", "window": 2},
    {"type": "flatten"}, {"type": "linear", "outputs": 2}]})",
                                 "unfused"),
                      1);
  const SharingCase k(unfused.input(), 8, 2);
  const Plan plan(stream(), unfused);
  CHECK(!share_layers(plan, k.masked(), k.labels, k.bits(), SharedWhere::possible));

  MaskedImage several = k.masked();
  several.image_of = k.device_labels.data<std::int32_t>();
  CHECK_THROWS_WITH_AS(share_layers(plan, several, k.labels, k.bits(), SharedWhere::possible),
                       doctest::Contains("one picture only"), Error);
  SharedLayers eight;
  eight.layers = 1;
  eight.masks = 8;
  CHECK_THROWS_WITH_AS(eight.logits(plan, 5, 4), doctest::Contains("masks 5 to 8 of 8"), Error);
}
