// import_inputs.cpp: what comes into a network: pictures, flat values, or several inputs joined to one.
#include <limits>

#include "nn/graph/graph_json.h"
#include "nn/graph/onnx/importing.h"
#include "nn/op/attributes.h"

namespace pellucid {

std::vector<const OnnxValueInfo*> Importer::own_inputs() const {
  std::vector<const OnnxValueInfo*> own;
  for (const OnnxValueInfo& each : model_.inputs) {
    if (values_.contains(each.name)) continue;  // an initializer that is listed
    if (!own.empty() && !options_.joined)
      fail_model(concat("several inputs (found '", own.front()->name, "' and '", each.name,
                        "'; expected one, pictures)"));
    if (!each.has_shape) fail_model(concat("input '", each.name, "': no shape (expected N×3×H×W)"));
    own.push_back(&each);
  }
  if (own.empty()) fail_model("no input (found constants only; expected pictures)");
  return own;
}

void Importer::take_joined(const std::vector<const OnnxValueInfo*>& inputs) {
  std::vector<Extents> parts;
  std::int64_t total = 0;
  for (const OnnxValueInfo* input : inputs) {
    Extents extents;
    for (std::size_t k = options_.batch ? 1 : 0; k < input->shape.size(); ++k)
      extents.push_back(input->shape[k].extent);
    for (const std::int64_t extent : extents)
      if (extent < 1 || extent > kModelMaxChannels)
        fail_model(concat("input '", input->name, "': a free size (found ", to_string(extents),
                          "; expected known ones)"));
    if (product(extents) > std::numeric_limits<int>::max() - total)
      fail_model(concat("input '", input->name, "': too large (found ", to_string(extents), ")"));
    total += product(extents);
    parts.push_back(std::move(extents));
  }
  const ComputedTensor all{
      -1, Layout({total}), options_.batch, {1, 1, static_cast<int>(total), true}};
  out_.input_name = inputs.front()->name;
  out_.input = all.shape;
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::int64_t count = product(parts[i]);
    OnnxNode part;
    part.name = inputs[i]->name;
    ComputedTensor x = NodeTranslation(*this, part)
                           .emit({{"type", "rearrange"},
                                  {"view", {total}},
                                  {"start", {begin}},
                                  {"extent", {count}},
                                  {"output", {count}}},
                                 {&all}, Layout(parts[i]), {1, 1, static_cast<int>(count), true});
    x.batch = options_.batch;
    values_.emplace(inputs[i]->name, std::move(x));
    begin += count;
  }
}

bool Importer::take_input() {
  const std::vector<const OnnxValueInfo*> own = own_inputs();
  for (const OnnxValueInfo* each : own)
    if (each->type != OnnxType::f32 && each->type != OnnxType::undefined)
      note(concat("input '", each->name, "': ", name_of(each->type), " is computed as float32"));
  if (options_.joined) {
    take_joined(own);
    return true;
  }
  const OnnxValueInfo* const input = own.front();
  Extents extents;
  for (std::size_t k = options_.batch ? 1 : 0; k < input->shape.size(); ++k)
    extents.push_back(input->shape[k].extent);
  out_.input_name = input->name;
  const bool is_picture = options_.batch && extents.size() == 3;
  const auto few = [](std::int64_t channels) {
    return channels == 1 || channels == 3 || channels == 4;
  };
  out_.channels_last = is_picture && few(extents[2]) && !few(extents[0]);
  if (is_picture && options_.size) {
    Extents::iterator h = extents.begin() + (out_.channels_last ? 0 : 1);
    for (const auto& [at, wanted] :
         {std::pair{h, options_.size->h}, std::pair{h + 1, options_.size->w}}) {
      if (*at >= 0 && *at != wanted)
        fail_model(
            concat("pictures of another size (found ", *at, "; expected ", wanted, ", as asked)"));
      *at = wanted;
    }
  }
  for (const std::int64_t extent : extents)
    if (extent < 1 || extent > kModelMaxChannels) {
      if (!out_.untranslated.empty()) return false;
      fail_model(concat("input '", input->name, "': a free size (found ", to_string(extents),
                        "; expected the pictures' height and width, by --size)"));
    }
  if (product(extents) > std::numeric_limits<int>::max())
    fail_model(concat("input '", input->name, "': too large (found ", to_string(extents), ")"));
  ComputedTensor x;
  x.batch = options_.batch;
  if (is_picture) {
    const std::vector<int> order =
        out_.channels_last ? axes_in_order(3) : std::vector<int>{1, 2, 0};
    x.layout = Layout(extents, order);
    const auto at = [&](int k) {
      return static_cast<int>(
          extents[static_cast<std::size_t>(order[static_cast<std::size_t>(k)])]);
    };
    x.shape = {at(0), at(1), at(2)};
  } else {
    x.layout = Layout(extents);
    x.shape = {1, 1, extent_of(x.layout.count()), true};
  }
  out_.input = x.shape;
  values_.emplace(input->name, x);
  return true;
}

}  // namespace pellucid
