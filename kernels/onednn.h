// onednn.h: oneDNN, major versions 2 and 3, behind one interface. Included by *_vendor_cpu.cpp only.
//
// The two versions run the same primitives and differ in how one is described: version 2 wraps the
// operation in a `desc`, version 3 takes its arguments in one row behind the engine. Both are called
// through describe() and describe_backward(), with the arguments that they share.
// cmake/onednn_check.cpp makes one of each primitive that is used; where it does not compile or run,
// Pellucid is built without oneDNN.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>

#include "runtime/error.h"

namespace pellucid::cpu::onednn {

using Memory = dnnl::memory;
using Tag = dnnl::memory::format_tag;
using Kind = dnnl::prop_kind;

// The host, the one engine there is.
inline const dnnl::engine& engine() {
  static const dnnl::engine the_engine(dnnl::engine::kind::cpu, 0);
  return the_engine;
}

// A view of `data` for a primitive, which takes its inputs as non-const pointers too.
inline Memory memory(const Memory::desc& desc, const void* data) {
  return Memory(desc, engine(), const_cast<void*>(data));
}

// How oneDNN will run a forward Primitive. Throws dnnl::error if it cannot.
template <class Primitive, class... Arguments>
typename Primitive::primitive_desc describe(const dnnl::primitive_attr& attributes,
                                            const Arguments&... arguments) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine(), arguments..., attributes};
#else
  return {typename Primitive::desc(arguments...), attributes, engine()};
#endif
}

// The same for a backward Primitive of the forward one that `forward` describes.
template <class Primitive, class Forward, class... Arguments>
typename Primitive::primitive_desc describe_backward(const dnnl::primitive_attr& attributes,
                                                     const Forward& forward,
                                                     const Arguments&... arguments) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine(), arguments..., forward, attributes};
#else
  return {typename Primitive::desc(arguments...), attributes, engine(), forward};
#endif
}

// Calls run(); an error of oneDNN's, which is not derived from ours, becomes
// "NAME: oneDNN cannot run WHAT (its message); the variant without oneDNN has no such limit".
template <class Run>
void guarded(const char* name, const std::string& what, const Run& run) {
  try {
    run();
  } catch (const dnnl::error& error) {
    fail(name, ": oneDNN cannot run ", what, " (", error.what(),
         "); the variant without oneDNN has no such limit");
  }
}

}  // namespace pellucid::cpu::onednn
