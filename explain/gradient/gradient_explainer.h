// gradient_explainer.h: what the methods share that differentiate a class's score at the pixels.
//
// A picture has planes, one or red, green and blue, with values in [0, 1]. A grey picture that a network sees in
// several channels is one plane, whose derivative is the sum of the channels'.
#pragma once

#include <functional>
#include <span>

#include "explain/explainer.h"
#include "nn/autograd/variable.h"

namespace pellucid {

class GradientExplainer : public OneByOneExplainer {
 public:
  // at_once: points whose gradients share a pass, which changes no bit; 0: as many as fit into some memory.
  GradientExplainer(Stream& stream, const Model& model, const Methods& methods,
                    const ExplainTask& task, int at_once = 0);

 protected:
  // A picture, and what the model says of it.
  struct Look {
    std::vector<float> pixels;  // (h · w, planes())
    Prediction prediction;
    int target = 0;
    Variable x, logits;  // its tape
  };
  // Writes point i, (h · w, planes()); called by several threads.
  using Draw = std::function<void(int i, std::span<float> point)>;
  // Takes what was found at point i; called in the order of the points.
  using Visit = std::function<void(int i, std::span<const float> found)>;

  const ActivationShape& input() const { return model_.input(); }
  const ExplainTask& task() const { return task_; }
  int planes() const { return task_.colour ? input().c : 1; }
  std::size_t pixels() const { return static_cast<std::size_t>(input().h) * input().w; }

  // Of the score at the picture: (h · w, planes()).
  std::vector<float> gradient_at(const Look& look);
  // Visits the gradient of a class's score at each of `count` points, (h · w, planes()).
  void gradients_at(int count, int label, const Draw& draw, const Visit& visit);
  // Visits the logits at each of `count` points, (classes).
  void logits_at(int count, const Draw& draw, const Visit& visit);

 private:
  // Of methods(), in their order: map, is_signed, caption, warnings and details.
  virtual std::vector<Explanation> explain_look(const Look& look) = 0;

  std::vector<Explanation> explain_one(const Subject& subject) final;
  Look look_at(const Subject& subject) const;
  void finish(Explanation& explanation, const Method& method, const Look& look) const;
  // Points first … first + count − 1, (count, h, w, c).
  Tensor points(int first, int count, const Draw& draw) const;
  // ∂score/∂x, (N, h, w, c), on the host. values: those of the logits, (N, classes).
  std::vector<float> differentiate(const Variable& x, const Variable& logits,
                                   const std::vector<float>& values, int label) const;

  Stream& stream_;
  const Model& model_;
  ExplainTask task_;
  int at_once_;
  std::int64_t forwards_ = 0;  // of the picture at hand
};

// Adds gradient_batch, which the methods have that look at several points.
void add_gradient_batch_setting(std::vector<Setting>& settings, int& at_once,
                                std::vector<std::string_view> methods);

// How far the sum of a map is from the difference of the scores that it divides among the pixels.
struct Completeness {
  double difference = 0;  // score of the picture − mean score of the baselines
  double sum = 0;         // of the map

  // Adds both, the error and the error over |difference| (null if that is 0) at "completeness", and a warning
  // that ends with `advice` where it is above `large`.
  void tell(Explanation& explanation, double large, const char* advice) const;
};
// Of a number that is drawn again and again.
class DrawnMoments {
 public:
  void add(double value) {
    ++count_;
    double power = 1;
    for (double& sum : sums_) sum += power *= value;
  }
  double mean() const { return sums_[0] / count_; }
  double mean_square() const { return sums_[1] / count_; }
  double variance() const { return mean_square() - mean() * mean(); }  // divided by the count
  // Standard errors of the three; 0 of less than two values.
  double mean_error() const;
  double mean_square_error() const;
  double variance_error() const;

 private:
  double error(double variance) const;

  double sums_[4] = {};  // of the value's powers
  int count_ = 0;
};

// Adds the largest standard error of a map's values and their root mean square at "standard_error", and the largest over the
// map's largest magnitude (null if that is 0) at "relative_error".
void tell_errors(Explanation& explanation, std::span<const double> errors);

}  // namespace pellucid
