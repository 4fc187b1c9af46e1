// parallel.h: independent work on all hardware threads.
#pragma once

#include <cstddef>
#include <functional>

namespace pellucid {

// Calls work(0), …, work(count − 1), each once, on all hardware threads; a call must touch only
// what belongs to its index. If calls throw, the exception of the lowest index is thrown again,
// whatever the number of threads; higher indices may then be left out.
void parallel_for(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace pellucid
