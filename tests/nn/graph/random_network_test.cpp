// What holds for every network, on networks drawn at random.
#include "tests/nn/graph/random_network.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <set>

#include "nn/graph/fusion.h"
#include "nn/plan/plan.h"
#include "nn/train/checkpoint.h"
#include "tests/nn/autograd/check_gradient.h"
#include "tests/nn/graph/reference_network.h"
#include "tests/nn/plan/mixed_network.h"

using namespace pellucid;
using namespace pellucid::test;

namespace {

State state_of(const Model& model) {
  State state;
  for (const auto& [name, tensor] : model.state())
    state[name] = widened(tensor.to_host<float>(stream()));
  return state;
}

// Pictures in [0, 1].
std::vector<float> values_for(const Model& model, int n, std::uint64_t seed) {
  return random_values(static_cast<std::size_t>(model.input().count() * n), 5000 + seed, 0, 1);
}

Tensor tensor_of(const Model& model, int n, const std::vector<float>& values) {
  return Tensor::from_host(stream(), model.input().batch(n), values);
}

std::vector<float> logits_of(const Model& model, const Tensor& x,
                             const ForwardOptions& options = {}) {
  return model.forward(stream(), Variable(x), options).value().to_host<float>(stream());
}

double largest(const std::vector<float>& values) {
  double most = 0;
  for (const float v : values) most = std::fmax(most, std::abs(double{v}));
  return most;
}

// fp32 against double: sums of a few hundred products of order 1, through a dozen layers.
constexpr double kRounding = 2e-5;

void check_near(const std::vector<float>& actual, const std::vector<float>& expected,
                double rounding = kRounding) {
  CHECK_CLOSE(actual, expected, rounding * (1 + largest(expected)), rounding);
}

}  // namespace

TEST_CASE("random networks: every operation comes up, and all that is fused") {
  std::set<std::string> drawn;
  int rectified_pools = 0, convolutions_with_both = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Model model(random_network(seed));
    const Graph& graph = model.graph();
    for (const Node& node : graph.nodes()) drawn.insert(std::string(node.operation->type));
    for (const FusedGroup& group : fuse(graph, Fusion::training, graph.output()))
      rectified_pools += group.values.size() == 2;
    for (const FusedGroup& group : fuse(graph, Fusion::prediction, graph.logits()))
      convolutions_with_both += group.convolution && group.affine && group.relu;
  }
  for (const Operation* operation : all_operations()) {
    if (operation->type == "winner_sum") continue;  // ends segmenters only (segmenter_test)
    CAPTURE(std::string(operation->type));
    CHECK(drawn.contains(std::string(operation->type)));
  }
  CHECK(rectified_pools >= 5);
  CHECK(convolutions_with_both >= 5);
}

TEST_CASE("random networks: forward and plan compute the formulas") {
  const NoGradient off;
  for (std::uint64_t seed = 0; seed < random_networks(); ++seed) {
    CAPTURE(seed);
    const Model model = random_model(seed);
    const int n = 3;
    const std::vector<float> values = values_for(model, n, seed);
    const Tensor x = tensor_of(model, n, values);
    const auto expected =
        narrowed(reference_logits(model.description(), state_of(model), widened(values), n, false));
    check_near(logits_of(model, x), expected);
    check_near(Plan(stream(), model).logits(x).to_host<float>(stream()), expected);
    check_near(logits_of(model, x, {.training = true}),
               narrowed(reference_logits(model.description(), state_of(random_model(seed)),
                                         widened(values), n, true)));
  }
}

TEST_CASE(
    "random networks: backward gives the derivative of the formulas, of weights and picture") {
  for (std::uint64_t seed = 0; seed < random_networks(); ++seed) {
    CAPTURE(seed);
    const Model model = random_model(seed);
    const int n = 2;
    const std::vector<float> values = values_for(model, n, seed);
    const State state = state_of(model);  // before the running statistics move
    Variable x(tensor_of(model, n, values), true);
    const Variable logits = model.forward(stream(), x, {.training = true});
    const auto weights = random_values(static_cast<std::size_t>(logits.value().count()), 99);
    backward(stream(), logits, Tensor::from_host(stream(), logits.shape(), weights));

    const auto loss = [&](const State& at, const Doubles& picture) {
      const auto out = reference_logits(model.description(), at, picture, n, true);
      double sum = 0;
      for (std::size_t i = 0; i < out.size(); ++i) sum += out[i] * weights[i];
      return sum;
    };
    // Eight elements of each tensor.
    const auto check = [&](const std::string& name, const Tensor& gradient, const Doubles& at,
                           const auto& loss_at) {
      CAPTURE(name);
      const auto all = gradient.to_host<float>(stream());
      REQUIRE(all.size() == at.size());
      std::vector<float> actual, expected;
      for (std::size_t i = 0; i < at.size(); i += std::max<std::size_t>(1, at.size() / 8)) {
        const auto along = [&](const Doubles& step) {
          Doubles moved = at;
          moved[i] = step[0];
          return loss_at(moved);
        };
        actual.push_back(all[i]);
        expected.push_back(static_cast<float>(finite_differences({at[i]}, along, 1e-6)[0]));
      }
      check_near(actual, expected, 1e-4);
    };
    check("picture", x.gradient(), widened(values),
          [&](const Doubles& at) { return loss(state, at); });
    for (const Parameter* parameter : model.parameters())
      check(parameter->name, parameter->variable.gradient(), state.at(parameter->name),
            [&](const Doubles& at) {
              State moved = state;
              moved[parameter->name] = at;
              return loss(moved, widened(values));
            });
  }
}

TEST_CASE("random networks: what is fused in training changes no bit, forward or backward") {
  for (std::uint64_t seed = 0; seed < random_networks(); ++seed) {
    CAPTURE(seed);
    std::vector<std::vector<float>> results[2];
    for (const bool fused : {false, true}) {
      const Model model = random_model(seed);
      Variable x(tensor_of(model, 2, values_for(model, 2, seed)), true);
      ForwardOptions options{.training = true, .dropout = true, .key = {3, 1 << 20}};
      if (!fused) options.observe = [](const Op&, const Variable&) {};
      const Variable logits = model.forward(stream(), x, options);
      backward(stream(), logits);
      auto& all = results[fused];
      all.push_back(logits.value().to_host<float>(stream()));
      all.push_back(x.gradient().to_host<float>(stream()));
      for (const Parameter* parameter : model.parameters())
        all.push_back(parameter->variable.gradient().to_host<float>(stream()));
      for (const ModelBuffer* buffer : model.buffers())
        all.push_back(buffer->value.to_host<float>(stream()));
    }
    REQUIRE(results[0].size() == results[1].size());
    for (std::size_t i = 0; i < results[0].size(); ++i)
      CHECK_SAME_BITS(results[1][i], results[0][i]);
  }
}

TEST_CASE("random networks: a picture's logits do not depend on the others of its batch") {
  const NoGradient off;
  for (std::uint64_t seed = 0; seed < random_networks(); ++seed) {
    CAPTURE(seed);
    const Model model = random_model(seed);
    const Plan plan(stream(), model);
    const int n = 5;
    const std::vector<float> values = values_for(model, n, seed);
    const auto each = static_cast<std::size_t>(model.input().count());
    const auto both = [&](const Tensor& x) {
      return std::pair(logits_of(model, x), plan.logits(x).to_host<float>(stream()));
    };
    const auto [forward, planned] = both(tensor_of(model, n, values));
    for (std::size_t i = 0; i < n; ++i) {
      const auto begin = values.begin() + static_cast<std::ptrdiff_t>(i * each);
      const auto [one, one_planned] =
          both(tensor_of(model, 1, {begin, begin + static_cast<std::ptrdiff_t>(each)}));
      const auto row = [&](const std::vector<float>& all) {
        const auto first = all.begin() + static_cast<std::ptrdiff_t>(i * 3);
        return std::vector<float>(first, first + 3);
      };
      CHECK_SAME_BITS(one, row(forward));
      CHECK_SAME_BITS(one_planned, row(planned));
    }
  }
}

TEST_CASE("random networks: stopping at any layer and going on changes no bit") {
  const NoGradient off;
  for (std::uint64_t seed = 0; seed < random_networks(); ++seed) {
    CAPTURE(seed);
    const Model model = random_model(seed);
    const Graph& graph = model.graph();
    const Variable x(tensor_of(model, 2, values_for(model, 2, seed)));
    const auto logits = logits_of(model, x.value());
    for (int value = 1; value <= graph.logits(); ++value) {
      const std::string& layer = graph.node_of(value).name();
      CAPTURE(layer);
      const auto cut = model.forward_to(stream(), x, layer);
      CHECK_SAME_BITS(model.forward_from(stream(), cut, layer).value().to_host<float>(stream()),
                      logits);
      // The cut is what a walk back from the logits comes to at or before this value.
      std::set<int> needed, open{graph.logits()};
      while (!open.empty()) {
        const int id = *open.begin();
        open.erase(open.begin());
        if (id <= value) needed.insert(id);
        else open.insert(graph.node_of(id).inputs.begin(), graph.node_of(id).inputs.end());
      }
      std::vector<int> ids = graph.cut(value);
      CHECK(ids.front() == value);
      CHECK(std::set<int>(ids.begin(), ids.end()) == needed);
      CHECK(ids.size() == needed.size());
    }
  }
}

TEST_CASE(
    "random networks: groups are chains that nobody looks into, and each reads what is there") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    const Model model(random_network(seed));
    const Graph& graph = model.graph();
    for (const Fusion fusion : {Fusion::training, Fusion::prediction, Fusion::finishing})
      for (const int last : {graph.output(), graph.logits(), (graph.logits() + 1) / 2}) {
        std::set<int> there{0};
        std::vector<int> all;
        for (const FusedGroup& group : fuse(graph, fusion, last)) {
          for (const int input : graph.node_of(group.first()).inputs) CHECK(there.contains(input));
          for (std::size_t i = 1; i < group.values.size(); ++i) {
            const Node& node = graph.node_of(group.values[i]);
            if (node.op.get() == group.addition) {
              CHECK(fusion == Fusion::finishing);
              CHECK(std::set<int>(node.inputs.begin(), node.inputs.end()) ==
                    std::set<int>{group.addend, group.values[i - 1]});
              CHECK(there.contains(group.addend));
            } else CHECK(node.inputs == std::vector<int>{group.values[i - 1]});
            CHECK(graph.only_reader(group.values[i - 1]) == group.values[i]);
          }
          there.insert(group.output());
          all.insert(all.end(), group.values.begin(), group.values.end());
        }
        std::sort(all.begin(), all.end());
        std::vector<int> expected(static_cast<std::size_t>(last));
        std::iota(expected.begin(), expected.end(), 1);
        CHECK(all == expected);
      }
  }
}

TEST_CASE("random networks: the order in which layers are written changes no bit") {
  const NoGradient off;
  for (std::uint64_t seed = 0; seed < random_networks(); ++seed) {
    CAPTURE(seed);
    const Model model = random_model(seed);
    Json description = model.description(), layers = Json::array();
    std::vector<Json> waiting(description["layers"].begin(), description["layers"].end());
    std::set<std::string> there{"input"};
    for (std::uint64_t drawn = 0; !waiting.empty(); ++drawn) {
      std::vector<std::size_t> ready;
      for (std::size_t i = 0; i < waiting.size(); ++i)
        if (std::all_of(waiting[i]["inputs"].begin(), waiting[i]["inputs"].end(),
                        [&](const Json& name) { return there.contains(name.get<std::string>()); }))
          ready.push_back(i);
      REQUIRE(!ready.empty());
      const std::size_t next =
          ready[random_below({seed, 77}, drawn, static_cast<std::uint32_t>(ready.size()))];
      there.insert(waiting[next]["name"].get<std::string>());
      layers.push_back(waiting[next]);
      waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(next));
    }
    description["layers"] = layers;
    Model other(stream(), description, 0);
    std::map<std::string, Tensor> state;
    for (const auto& [name, tensor] : model.state()) state[name] = tensor;
    for (Parameter* parameter : other.parameters()) parameter->set_value(state.at(parameter->name));
    for (ModelBuffer* buffer : other.buffers()) buffer->value = state.at(buffer->name);
    const Tensor x = tensor_of(model, 2, values_for(model, 2, seed));
    CHECK_SAME_BITS(logits_of(other, x), logits_of(model, x));
    check_near(Plan(stream(), other).logits(x).to_host<float>(stream()), logits_of(model, x));
  }
}

TEST_CASE("random networks: a checkpoint gives back every bit of them") {
  const NoGradient off;
  const auto path = std::filesystem::temp_directory_path() /
                    concat("pellucid_drawn_", ::getpid(), ".safetensors");
  for (std::uint64_t seed = 0; seed < random_networks(); ++seed) {
    CAPTURE(seed);
    const Model model = random_model(seed);
    save_checkpoint(stream(), model, {}, path);
    const Checkpoint loaded = load_checkpoint(stream(), path);
    const Tensor x = tensor_of(model, 2, values_for(model, 2, seed));
    CHECK_SAME_BITS(logits_of(loaded.model, x), logits_of(model, x));
    CHECK(loaded.model.description() == model.description());
  }
  std::filesystem::remove(path);
}
