// In a file of this room, since the others are compiled without OpenMP.
#include "kernels/host_threads.h"

#ifdef _OPENMP
#include <omp.h>
#endif

namespace pellucid {

int host_threads() {
#ifdef _OPENMP
  return omp_get_max_threads();
#else
  return 1;
#endif
}

}  // namespace pellucid
