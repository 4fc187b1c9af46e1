// What becomes of a segmenter's logits: of 21 classes, at the size that torchvision's are shown pictures in.
#include "apps/cases/operators.h"
#include "kernels/winner_sum/winner_sum.h"

namespace pellucid {

void run_winner_sum(CaseRunner& r) {
  const int n = r.size(2, 4), side = r.size(40, 520), places = side * side, classes = 21;
  const Tensor x = r.reals({n, side, side, classes}), mask = r.reals({places}),
               winner = r.whole_numbers({n, places}, classes), y = r.reals({n, classes});
  const WinnerSumShape shape{n, places, classes};
  for (const bool masked : {false, true}) {
    const std::string text =
        concat(masked ? "of a mask" : "of the winners", ", x ", x.shape().to_string());
    const float* const at = masked ? mask.data<float>() : nullptr;
    auto* const winners = masked ? nullptr : winner.data<std::int32_t>();
    r.run("winner_sum", text, winner_sum_variants(),
          {shape, x.data<float>(), at, winners, y.data<float>()});
    r.run("winner_sum_backward", text, winner_sum_backward_variants(),
          {shape, y.data<float>(), at, winners, x.data<float>()});
  }
}

}  // namespace pellucid
