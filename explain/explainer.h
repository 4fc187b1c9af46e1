// explainer.h: what every method of explaining is. A method registers itself: a file of explain/ that defines
// `const Method NAME_method` is known to the programs, their help and records without an edit elsewhere.
//
// Methods that share work are a family: one forward pass serves all activation maps of a picture, one
// segmentation both LIME and Kernel SHAP. A family has settings, and an explainer for those of its methods
// that a run asks for.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "explain/explanation.h"
#include "explain/setting.h"
#include "explain/target.h"
#include "nn/data/dataset.h"
#include "nn/graph/model.h"

namespace pellucid {

struct Method;
using Methods = std::vector<const Method*>;

// A picture to explain.
struct Subject {
  const Sample* sample = nullptr;
  std::optional<int> truth;  // its label, where that is known
  int rank = 0;              // which of Target's ranked classes, 0 the most likely
};

// What came of it: of each method an explanation, or why there is none.
struct Explained {
  struct Failure {
    std::string method, message;
  };
  std::vector<Explanation> explanations;
  std::vector<Failure> failures;
};

class Explainer {
 public:
  virtual ~Explainer() = default;

  // How many pictures it takes to fill a launch.
  virtual int pictures_at_once() const { return 1; }
  // Settings that follow from the model, by key: {"layer": "relu3"}.
  virtual Json chosen() const { return Json::object(); }
  // Adds to out[i] an explanation of subjects[i] a method, or why there is none. Throws Error for what
  // concerns all subjects.
  virtual void explain(std::span<const Subject> subjects, std::vector<Explained>& out) = 0;
};

// Of methods that share nothing between pictures, but of a picture so much that they fail together.
class OneByOneExplainer : public Explainer {
 public:
  explicit OneByOneExplainer(const Methods& methods) : methods_(methods) {}
  void explain(std::span<const Subject> subjects, std::vector<Explained>& out) final;

 protected:
  const Methods& methods() const { return methods_; }

 private:
  // Of methods(), in their order. Throws Error for what is wrong with the picture.
  virtual std::vector<Explanation> explain_one(const Subject& subject) = 0;

  Methods methods_;
};

class MethodFamily {
 public:
  virtual ~MethodFamily() = default;

  // Bound to fields of this object, in the order of the help.
  virtual std::vector<Setting> settings() = 0;
  // methods: of this family, at least one, in the order of their explanations. The model must outlive the
  // explainer and keep its weights. Throws UsageError for settings that do not go together or do not fit the model.
  virtual std::unique_ptr<Explainer> explainer(Stream& stream, const Model& model,
                                               const Methods& methods,
                                               const ExplainTask& task) const = 0;
};

struct Method {
  std::string_view name;   // "gradcam++": of options, files and records
  std::string_view title;  // "Grad-CAM++": as the literature writes it
  int place;               // among all methods, in lists and records
  // A new family with the defaults; methods of one family have the same function.
  std::unique_ptr<MethodFamily> (*family)();
};

// All of explain/, in the order of their names in the source.
const std::vector<const Method*>& registered_methods();
// The same by place.
const Methods& all_methods();
std::vector<std::string> names_of(const Methods& methods);
// null if there is none of this name.
const Method* find_method(std::string_view name);
// "gradcam,lime" or "all". Throws UsageError for a name that is unknown, or comes twice.
Methods parse_methods(const std::string& text);

}  // namespace pellucid
