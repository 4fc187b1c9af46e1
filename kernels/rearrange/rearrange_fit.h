// rearrange_fit.h: what of a rearrangement suits which variant. All of the shape as it is given, which
// rearrange() has simplified.
#pragma once

#include "kernels/rearrange/rearrange.h"

namespace pellucid {

// How many neighbouring values of y, 4, 2 or 1, are always neighbours in x, or not there, together, and may
// be moved at once; 0 if y's innermost axis does not lie together in x.
int rearrange_pack(const RearrangeArgs& args);

// The axis that is x's innermost, if it and y's innermost, which is another, lie within x, it by steps of 1,
// and have at least 8 places; −1: none.
int rearrange_across(const RearrangeShape& shape);

// The first of y's last axes, two or more, that together are one run of x of at most kRearrangeRun values;
// −1: none.
inline constexpr int kRearrangeRun = 2048;
int rearrange_run(const RearrangeShape& shape);

// Whether the innermost axis is whole and lies together in x, so that rows of dy are added to rows of dx.
bool keeps_rows(const RearrangeBackwardArgs& args);
// Whether at least 64 indices read one place, as of a broadcast.
bool has_many_readers(const RearrangeBackwardArgs& args);

}  // namespace pellucid
