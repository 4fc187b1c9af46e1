// thread_waiting.h: how the threads of a parallel region on the host wait for each other.
//
// libgomp's threads spin for about ten milliseconds before they sleep, which costs a quiet machine
// nothing. Beside other programs it costs nearly all: a thread that spins takes the core from the very
// thread that it waits for. How long to spin is read from the environment when libgomp is loaded, which
// is before main() and cannot be changed afterwards.
#pragma once

namespace pellucid {

// Makes OpenMP's threads, those of oneDNN too, spin for some tenths of a millisecond and then sleep:
// starts the program anew in its place with GOMP_SPINCOUNT set. argv: main()'s. To be called first
// thing in main(); returns at once in the new start, where it takes the variable out of the environment,
// so that programs started from here are not affected.
//
// Does nothing if the user has set OMP_WAIT_POLICY or GOMP_SPINCOUNT, or if the program cannot be
// started again.
void spin_briefly(char** argv);

}  // namespace pellucid
