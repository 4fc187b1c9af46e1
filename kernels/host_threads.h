// host_threads.h: the threads that OpenMP gives a parallel region on the host; 1 in a build without it.
#pragma once

#ifdef _OPENMP
#include <omp.h>
#endif

namespace pellucid {

inline int host_threads() {
#ifdef _OPENMP
  return omp_get_max_threads();
#else
  return 1;
#endif
}

}  // namespace pellucid
