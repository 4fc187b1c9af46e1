// host_threads.h: the threads that OpenMP gives a parallel region on the host; 1 in a build without it.
#pragma once

namespace pellucid {

int host_threads();

}  // namespace pellucid
