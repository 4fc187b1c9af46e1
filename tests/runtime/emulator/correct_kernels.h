// correct_kernels.h: runs the correct kernels of kernels.h on small inputs and compares with plain
// loops. The tests run each in both thread orders with 1, 2 and 4 workers; the sanitizers must have
// nothing to say about any.
#pragma once

#include <vector>

namespace pellucid::emu::test {

struct CorrectKernel {
  const char* name;
  bool (*run)();  // whether the result is right, bit for bit
};

const std::vector<CorrectKernel>& correct_kernels();

}  // namespace pellucid::emu::test
