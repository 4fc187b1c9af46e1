// explainers.h: the methods of a run, whatever their families: their settings, and what explains with them.
//
//     MethodSettings settings;                       // the defaults
//     const Methods methods = parse_methods("gradcam,lime");
//     Explainers explainers(stream, model, settings, methods, {parse_target("predicted", names)});
//     std::vector<Explanation> found = explainers.explain({&sample, std::nullopt});
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "explain/explainer.h"

namespace pellucid {

// The settings of all methods.
class MethodSettings {
 public:
  MethodSettings();

  // Each once, in the order of the help; one that several families have sets all of them.
  std::vector<Setting>& list() { return merged_; }

  // Throws UsageError for a setting that was given and that none of the methods looks at.
  void check(const Methods& methods) const;

  // Every setting that one of the methods looks at, by key.
  Json describe(const Methods& methods) const;

  // Of settings that describe() is a part of: without those that only other methods look at.
  Json without_others(const Json& described, const Methods& methods) const;

 private:
  friend class Explainers;
  struct Family {
    std::unique_ptr<MethodFamily> (*make)();
    std::unique_ptr<MethodFamily> family;
    std::vector<Setting> settings;

    Methods among(const Methods& methods) const;
  };

  std::vector<Family> families_;
  std::vector<Setting> merged_;
};

// The explainers that a run asks for, each made once.
class Explainers {
 public:
  // The model must outlive it and keep its weights. Throws UsageError for settings that do not fit it.
  Explainers(Stream& stream, const Model& model, const MethodSettings& settings,
             const Methods& methods, const ExplainTask& task);

  // What Explainer::chosen() gives, of all.
  Json chosen() const;
  // How many pictures it takes to fill a launch.
  int pictures_at_once() const;

  // Explanations come family by family, of a family in the order of `methods`. What fails, a picture or a
  // method of it, fails alone. Where the target is ranked classes, each subject is explained for that of its rank.
  std::vector<Explained> explain(std::span<const Subject> subjects);
  // One picture; throws what is wrong with it.
  std::vector<Explanation> explain(const Subject& subject);

 private:
  // The class that is the subject's among those that the target ranks, by one forward pass for all methods. Throws
  // Error if there are not as many.
  int ranked_label(const Subject& subject) const;

  Stream& stream_;
  const Model& model_;
  Methods methods_;
  Target target_;
  std::vector<std::unique_ptr<Explainer>> explainers_;
};

}  // namespace pellucid
