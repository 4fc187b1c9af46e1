// policy_options.h: --variant and --precision: how a program's operators compute.
#pragma once

#include <string>
#include <vector>

#include "apps/command_line.h"
#include "runtime/stream.h"

namespace pellucid {

struct PolicyOptions {
  std::vector<std::string> variants;  // "conv2d_fprop=cudnn"
  std::string precision = "exact";

  // Whether something else than the default was asked for.
  bool given() const { return !variants.empty() || precision != "exact"; }
};

void add_policy(CommandLine& app, PolicyOptions& options);

// Needs no device, so a mistyped name is told before anything runs. A variant is named with its
// operator's name in front or without. Throws UsageError, with the names that there are, for an
// operator, a variant or a precision that is unknown, and for an operator that comes twice.
Policy parse_policy(const PolicyOptions& options);

// From here on the stream's operators follow the policy. Throws UsageError if a forced variant does
// not run on the stream's device, naming those that do.
void use_policy(Stream& stream, const Policy& policy);

// A line on stderr for each operator whose forced variant was not asked for in the whole run: another
// operator did its work.
void note_unused_variants(const Stream& stream);

}  // namespace pellucid
