#include "explain/scores/randomization.h"

#include "explain/scores/agreement.h"

namespace pellucid {
namespace {

constexpr std::uint64_t kOtherDraws = 0x5241'4E44'0000'0000;  // "RAND"

}  // namespace

void randomize_cascading(
    Stream& stream, const Model& model, std::uint64_t seed,
    const std::function<void(const std::string& layer, const Model& model)>& visit) {
  Model mixed(stream, model.description(), seed ^ kOtherDraws);
  mixed.set_requires_gradient(false);
  const std::vector<Parameter*>& parameters = mixed.parameters();
  std::vector<Tensor> drawn;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    drawn.push_back(parameters[i]->variable.value());
    parameters[i]->set_value(model.parameters()[i]->variable.value());
  }
  // Running statistics are not weights: they stay the model's.
  for (std::size_t i = 0; i < mixed.buffers().size(); ++i)
    mixed.buffers()[i]->value = model.buffers()[i]->value.clone(stream);
  std::size_t end = parameters.size();  // of those that are still the model's
  const std::vector<Node>& nodes = mixed.graph().nodes();
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    const std::size_t own = node->op->parameters().size();
    if (own == 0) continue;
    for (std::size_t i = end - own; i < end; ++i) parameters[i]->set_value(drawn[i]);
    end -= own;
    visit(node->name(), mixed);
  }
}

std::vector<WeightDependence> weight_dependence(Stream& stream, const Model& model,
                                                std::uint64_t seed,
                                                std::span<const Explanation> explanations,
                                                const ExplainWith& explain) {
  std::vector<std::vector<double>> ranks;
  for (const Explanation& e : explanations) ranks.push_back(average_ranks(e.map));
  std::vector<WeightDependence> out(explanations.size());
  randomize_cascading(stream, model, seed, [&](const std::string& layer, const Model& mixed) {
    const std::vector<Explanation> again = explain(mixed);
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i].cost.add(again[i].cost);
      out[i].spearman.emplace_back(layer, correlation(ranks[i], average_ranks(again[i].map)));
    }
  });
  return out;
}

}  // namespace pellucid
