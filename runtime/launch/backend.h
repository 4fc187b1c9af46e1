// backend.h: which of the two builds of a .cu file this is.
//
// nvcc compiles the file into namespace pellucid::cuda, the host compiler (through a generated
// x.emu.cpp that includes x.cu) into pellucid::emu. A .cu file writes
//     namespace pellucid::PELLUCID_BACKEND { … }
#pragma once

#if defined(__CUDACC__)
#define PELLUCID_BACKEND cuda
#elif defined(PELLUCID_EMULATED)
#define PELLUCID_BACKEND emu
#include "runtime/emulator/keywords.h"
#else
#error "a kernel file is compiled by nvcc or, through its generated .emu.cpp, for the emulator"
#endif
