#include "tests/conformance/verdict.h"

#include <algorithm>
#include <cmath>

#include "nn/graph/onnx/constant.h"
#include "nn/train/onnx_checkpoint.h"
#include "runtime/error.h"

namespace pellucid::test {
namespace {

Verdict refusal(std::string reason) { return {Verdict::refused, std::move(reason), false}; }

std::string shortened(std::string text, const OnnxModel& model) {
  const std::string prefix = model.path.string() + ": ";
  if (text.starts_with(prefix)) text.erase(0, prefix.size());
  return text;
}

// The number at which two outputs differ by more than a tolerance, in words; "" for none.
template <class At>
std::string wrong(std::int64_t count, const std::vector<double>& expected, const At& at,
                  bool official) {
  if (count != static_cast<std::int64_t>(expected.size()))
    return concat(count, " values, expected ", expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double a = at(static_cast<std::int64_t>(i)), b = expected[i];
    const double most = official ? 1e-7 + 1e-3 * std::abs(b) : 1e-5 * std::max(1.0, std::abs(b));
    if (a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= most) continue;
    return concat("value ", i, " of ", count, " is ", a, ", expected ", b);
  }
  return "";
}

template <class At>
Verdict compared(std::int64_t count, const OnnxTensor& expected, const At& at) {
  const std::vector<double> values = expected.doubles();
  if (wrong(count, values, at, false).empty()) return {Verdict::passed, "", false};
  const std::string what = wrong(count, values, at, true);
  if (what.empty()) return {Verdict::passed, "", true};
  return {Verdict::failed, concat(expected.name, ": ", what), false};
}

Verdict joined(Verdict a, const Verdict& b) {
  if (a.kind == b.kind && a.kind == Verdict::passed) a.official = a.official || b.official;
  return b.kind > a.kind ? b : a;
}

struct Way {
  std::vector<const OnnxTensor*> inputs;  // of the network
  bool batch;
};

// How many images; 0: axis 0 is no batch.
std::int64_t images(const ConformanceCase& one, const Way& way) {
  if (!way.batch) return 1;
  const auto first = [](const OnnxTensor& x) { return x.shape.empty() ? 0 : x.shape[0]; };
  const std::int64_t n = first(*way.inputs[0]);
  for (const OnnxTensor* x : way.inputs)
    if (first(*x) != n) return 0;
  for (const OnnxTensor& y : one.outputs)
    if (first(y) != n) return 0;
  return n;
}

// The inputs as the network takes them: a picture's channels last, and those of each image side by side.
std::vector<float> values_for(const ImportedNetwork& network, const Way& way, std::int64_t n) {
  std::vector<std::vector<float>> each;
  for (const OnnxTensor* x : way.inputs) each.push_back(x->floats());
  std::vector<float> out;
  for (std::int64_t image = 0; image < n; ++image)
    for (const std::vector<float>& x : each) {
      const auto size = static_cast<std::int64_t>(x.size()) / n;
      const float* from = x.data() + image * size;
      const ActivationShape& in = network.input;
      const std::int64_t places = std::int64_t{in.h} * in.w;
      if (in.flat || network.channels_last) out.insert(out.end(), from, from + size);
      else
        for (std::int64_t p = 0; p < places; ++p)
          for (std::int64_t c = 0; c < in.c; ++c) out.push_back(from[c * places + p]);
    }
  return out;
}

Verdict by_network(Stream& stream, const ConformanceCase& one, const Way& way) {
  const std::int64_t n = images(one, way);
  if (n < 1) return refusal("no batch");
  ImportOptions options;
  options.batch = way.batch;
  options.joined = way.inputs.size() > 1;
  for (const OnnxTensor& x : one.inputs)
    if (std::find(way.inputs.begin(), way.inputs.end(), &x) == way.inputs.end())
      options.bound.emplace(x.name, x);
  Verdict verdict{Verdict::passed, "", false};
  for (const OnnxTensor& expected : one.outputs) {
    options.output = expected.name;
    if (!expected.is_floating()) return refusal("integers or booleans as an output");
    try {
      ImportedNetwork network = import_onnx(one.model, options);
      if (!network.untranslated.empty()) {
        const UntranslatedNode& node = network.untranslated.front();
        return refusal(one.op == node.op ? node.what : concat(node.op, ": ", node.what));
      }
      const std::vector<float> x = values_for(network, way, n);
      Extents extents = network.output_extents;
      if (way.batch) extents.insert(extents.begin(), n);
      const Checkpoint model = onnx_checkpoint(
          stream, one.model, onnx_network(one.model, std::move(network), nullptr, OnnxUse::raw));
      const std::vector<float> y =
          model.model.output(stream, Tensor::from_host(stream, model.model.input().batch(n), x));
      if (extents != expected.shape)
        return {Verdict::failed,
                concat("shape ", to_string(extents), ", expected ", to_string(expected.shape)),
                false};
      verdict = joined(verdict,
                       compared(static_cast<std::int64_t>(y.size()), expected, [&](std::int64_t i) {
                         return double{y[static_cast<std::size_t>(i)]};
                       }));
    } catch (const Error& error) {
      return refusal(shortened(error.what(), one.model));
    }
  }
  return verdict;
}

Verdict by_folding(const ConformanceCase& one) {
  std::map<std::string, Constant> values;
  for (const OnnxTensor& tensor : one.model.initializers)
    if (tensor.type != OnnxType::text) values.emplace(tensor.name, Constant::of(tensor));
  for (const OnnxTensor& x : one.inputs) values.insert_or_assign(x.name, Constant::of(x));
  const std::int64_t opset =
      one.model.opsets.contains("") ? one.model.opsets.at("") : std::int64_t{0};
  for (const OnnxNode& node : one.model.nodes) {
    const auto refused = [&](const std::string& what) {
      return refusal(one.op == node.op ? what : concat(node.op, ": ", what));
    };
    std::vector<const Constant*> inputs;
    for (const std::string& input : node.inputs) {
      if (!input.empty() && !values.contains(input)) return refusal("nodes that are not sorted");
      inputs.push_back(input.empty() ? nullptr : &values.at(input));
    }
    try {
      std::optional<std::vector<Constant>> made = fold(node, opset, inputs);
      if (!made) return refused("no such operator here");
      for (std::size_t i = 0; i < made->size() && i < node.outputs.size(); ++i)
        values.insert_or_assign(node.outputs[i], std::move((*made)[i]));
    } catch (const Error& error) {
      return refused(error.what());
    }
  }
  Verdict verdict{Verdict::passed, "", false};
  for (const OnnxTensor& expected : one.outputs) {
    const auto found = values.find(expected.name);
    if (found == values.end()) return refusal("an output that is not folded");
    const Constant& y = found->second;
    if (y.shape != expected.shape)
      return {
          Verdict::failed,
          concat("folded: shape ", to_string(y.shape), ", expected ", to_string(expected.shape)),
          false};
    Verdict each = compared(y.count(), expected, [&](std::int64_t i) { return y.at(i); });
    if (each.kind == Verdict::failed) each.reason = "folded: " + each.reason;
    verdict = joined(verdict, each);
  }
  if (verdict.kind == Verdict::passed) verdict.kind = Verdict::folded;
  return verdict;
}

// A type that neither networks nor their shapes are made of.
std::string other_type(const ConformanceCase& one) {
  for (const auto* list : {&one.inputs, &one.outputs})
    for (const OnnxTensor& x : *list)
      if (x.type != OnnxType::f32 && x.type != OnnxType::i64 && x.type != OnnxType::i32 &&
          x.type != OnnxType::boolean)
        return name_of(x.type);
  return "";
}

std::vector<Way> ways(const ConformanceCase& one) {
  std::vector<const OnnxTensor*> reals;
  for (const OnnxTensor& x : one.inputs)
    if (x.type == OnnxType::f32 && x.count() > 0) reals.push_back(&x);
  std::vector<Way> out;
  for (const bool batch : {false, true}) {
    for (std::size_t i = 0; i < std::min<std::size_t>(reals.size(), 3); ++i)
      out.push_back({{reals[i]}, batch});
    if (reals.size() > 1) out.push_back({reals, batch});
  }
  return out;
}

Verdict tried(Stream& stream, const ConformanceCase& one) {
  if (!one.unread.empty()) return refusal(one.unread);
  if (const std::string type = other_type(one); !type.empty()) return refusal("type " + type);
  if (one.outputs.empty()) return refusal("no outputs to compare with");
  std::string reason;
  Verdict worst = by_folding(one);
  if (worst.kind == Verdict::failed) return worst;
  bool passed = false, official = false;
  for (const Way& way : ways(one)) {
    const Verdict each = by_network(stream, one, way);
    if (each.kind == Verdict::failed)
      return {Verdict::failed,
              concat(way.batch ? "batch, " : "one image, ", way.inputs.size() > 1 ? "joined" : "",
                     way.inputs.size() > 1 ? "" : way.inputs[0]->name, ": ", each.reason),
              false};
    passed = passed || each.kind == Verdict::passed;
    official = official || (each.kind == Verdict::passed && each.official);
    if (each.kind == Verdict::refused && reason.empty()) reason = each.reason;
  }
  if (passed) return {Verdict::passed, "", official};
  if (worst.kind == Verdict::folded) return worst;
  for (const OnnxTensor& x : one.inputs)
    if (x.count() == 0) return refusal("an input without values");
  if (reason.empty()) return refusal("no float input: " + worst.reason);
  return refusal(reason);
}

}  // namespace

Verdict verdict_on(Stream& stream, const ConformanceCase& one) {
  try {
    return tried(stream, one);
  } catch (const std::exception& error) {  // nothing but Error may come out of an importer
    return {Verdict::failed, error.what(), false};
  }
}

}  // namespace pellucid::test
