// case_runner.h: runs all variants of an operator on one shape, for whoever measures them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kernels/variant.h"
#include "runtime/tensor.h"

namespace pellucid {

class CaseRunner {
 public:
  // large: the shapes of the paper's network, which take the emulator minutes.
  CaseRunner(Device device, bool large) : stream_(device), large_(large) {}
  virtual ~CaseRunner() = default;

  Stream& stream() { return stream_; }

  // An extent of a small or a large case.
  int size(int small, int large) const { return large_ ? large : small; }

  // Inputs, the same in every run: uniform in [−1, 1), or whole numbers in 0 … below − 1, i32 or u32.
  Tensor reals(Shape shape, DType type = DType::f32);
  Tensor whole_numbers(Shape shape, int below, DType type = DType::i32);
  Tensor empty(Shape shape, DType type = DType::f32);

  // Every variant of `table` that the device has and that supports `args`. `prepare` restores,
  // before each, what a variant overwrites and its work depends on.
  template <class Args>
  void run(const std::string& name, const std::string& shape, const VariantTable<Args>& table,
           const Args& args, const std::function<void()>& prepare = {}) {
    begin_case(name, shape);
    bool any = false;
    for (const Variant<Args>& variant : variants_on(table, stream_.device().kind)) {
      if (!variant.takes(args)) continue;
      any = true;
      measure(variant.name, [&] {
        if (prepare) prepare();
        variant.on(stream_.device().kind)(stream_, args);
      });
    }
    require(any, name, ": no variant supports ", shape);
  }

 protected:
  virtual void begin_case(const std::string& name, const std::string& shape) = 0;
  // Calls `run` as often as it likes.
  virtual void measure(const std::string& variant, const std::function<void()>& run) = 0;

 private:
  Stream stream_;
  bool large_;
  std::uint64_t inputs_ = 0;  // made so far: each has random numbers of its own
};

}  // namespace pellucid
