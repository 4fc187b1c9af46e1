// What a reader should not overlook is said with the explanation.
#include "tests/explain/small_classifier.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

Explanation explained(const SuperpixelOptions& options, const std::string& method) {
  const Model model = make_model();
  const Sample sample = make_picture();
  return std::move(explain(model, options, sample, {method}).front());
}

bool warns(const Explanation& e, const std::string& part) {
  return std::any_of(e.warnings.begin(), e.warnings.end(), [&](const std::string& warning) {
    return warning.find(part) != std::string::npos;
  });
}

}  // namespace

TEST_CASE("warnings: none where the masks are many and the kernel wide") {
  for (const std::string& method : kBoth)
    CHECK(explained(options_for(3, 400), method).warnings.empty());
  CHECK(explained(options_for(3, 0), "occlusion").warnings.empty());
}

TEST_CASE("warnings: fewer masks than superpixels") {
  const Explanation shap = explained(options_for(7, 5), "kernelshap");
  CHECK(warns(shap, "fewer masks than superpixels"));
  CHECK(shap.details["classes"][1]["too_few_rows"] == true);
  CHECK(warns(explained(options_for(7, 20), "lime"), "fewer masks than unknowns"));
  // More than superpixels, and still few.
  CHECK(warns(explained(options_for(7, 100), "kernelshap"), "fewer than 3 masks drawn"));
}

TEST_CASE("warnings: a kernel so narrow that no standard errors can be told") {
  SuperpixelOptions options = options_for(5, 1000);
  options.lime.kernel_width = 0.05;
  const Explanation e = explained(options, "lime");
  CHECK(e.standard_errors.empty());
  CHECK(warns(e, "the kernel of width 0.05 leaves too few masks a say"));
  CHECK(e.details["effective_rows"].get<double>() < 100);
}

TEST_CASE("warnings: a standard error above the wished one; --max-samples is obeyed") {
  for (const std::string& method : kBoth) {
    CAPTURE(method);
    SuperpixelOptions options = options_for(5, 0);
    options.until_se = 1e-6;
    options.max_samples = 500;
    const Explanation e = explained(options, method);
    CHECK(e.details["samples"].get<int>() <= 500);
    CHECK(e.details["until_se"]["met"] == false);
    CHECK(warns(e, "standard error above the wished 1e-06"));
  }
}
