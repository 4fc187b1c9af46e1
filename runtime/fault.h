// fault.h: planned failures of what a program does not control, to prove that each of them ends in
// one clear error and loses nothing. A plan names a point, how many calls of it to let through, how
// many to fail then, and how:
//
//     PELLUCID_FAULT=point:skip:count:error        PELLUCID_FAULT=fsync:2:1:EIO
//
//   point                                   error
//   open write fsync close rename           ENOSPC, EIO, EACCES; write also: short (half of the
//   (runtime/file)                          bytes arrive, then ENOSPC)
//   allocate (runtime/arena)                oom: there is no memory this time
//   copy (runtime/stream)                   failed: this copy fails
//   launch (a kernel, or an operator on     failed: this launch fails; illegal: an illegal address,
//   cpu)                                    which is told by the next copy to the host or wait, and
//                                           from then on by every call of the device, as CUDA does
//
// Each fault says `planned fault: point error` on stderr. Without a plan a point costs one load.
#pragma once

#include <atomic>
#include <cstddef>
#include <string_view>

namespace pellucid {

// Sets the plan, or none for "". PELLUCID_FAULT is the plan a program starts with. Throws
// UsageError for one that cannot be read.
void plan_fault(std::string_view plan);

// The points themselves. They throw the planned error, but for file(), which gives the errno that
// the call is to fail with, or 0; write: how many of `bytes` arrive before that goes to *bytes.
namespace fault {

extern std::atomic<bool> planned;

int file(const char* point, std::size_t* bytes = nullptr);
void allocate(std::size_t bytes);
void copy(bool to_host);
void launch(const char* kernel);
void wait();

}  // namespace fault
}  // namespace pellucid
