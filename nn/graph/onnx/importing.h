// importing.h: the state of an import: the values that are known so far, and the layers made.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "nn/graph/onnx/importer.h"

namespace pellucid {

using Known = std::variant<Constant, ComputedTensor>;

class Importer {
 public:
  Importer(const OnnxModel& model, const ImportOptions& options)
      : model_(model), options_(options) {
    const auto found = model.opsets.find("");
    opset_ = found == model.opsets.end() ? 0 : found->second;
  }

  ImportedNetwork run();

  const OnnxModel& model() const { return model_; }
  std::int64_t opset() const { return opset_; }
  const Known* find(const std::string& name) const {
    const auto known = values_.find(name);
    return known == values_.end() ? nullptr : &known->second;
  }
  void set(const std::string& name, Known value) {
    values_.insert_or_assign(name, std::move(value));
  }
  std::size_t readers(const std::string& name) const {
    const auto found = readers_.find(name);
    return found == readers_.end() ? 0 : found->second;
  }
  std::vector<ImportedLayer>& layers() { return out_.layers; }
  std::string unique_name(const std::string& wanted);
  void note(std::string text) { out_.notes.push_back(std::move(text)); }

 private:
  void take_constants();
  std::vector<const OnnxValueInfo*> own_inputs() const;  // those that are no constants
  bool take_input();                                     // whether its size is known
  void take_joined(const std::vector<const OnnxValueInfo*>& inputs);
  void refuse_unknown();
  std::pair<const OnnxOperator*, bool> operator_of(const OnnxNode& node) const;
  std::vector<const OnnxNode*> sorted() const;
  void translate(const OnnxNode& node);
  bool fold_node(const OnnxNode& node);
  void refuse(const OnnxNode& node, std::string what, std::string help);
  void finish();
  [[noreturn]] void fail_model(const std::string& what) const {
    fail(model_.path.string(), ": ", what);
  }

  const OnnxModel& model_;
  const ImportOptions& options_;
  std::int64_t opset_ = 0;
  std::map<std::string, Known> values_;
  std::map<std::string, std::size_t> readers_;  // how many inputs of nodes and outputs a name is
  std::set<std::string> names_{"input"};
  ImportedNetwork out_;
};

}  // namespace pellucid
