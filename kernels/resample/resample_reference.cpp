#include "kernels/resample/resample.h"

namespace pellucid {

template <class T>
void resample_reference(const T* x, T* y, int n, int h, int w, int c, const ResampleTable& rows,
                        const ResampleTable& columns) {
  const auto at = [](const std::vector<ResampleTaps>& taps, int i) {
    return taps[static_cast<std::size_t>(i)];
  };
  const auto weight = [](const ResampleTable& table, int t) {
    return double{table.weights[static_cast<std::size_t>(t)]};
  };
  for (int image = 0; image < n; ++image)
    for (int p = 0; p < rows.outputs(); ++p)
      for (int q = 0; q < columns.outputs(); ++q)
        for (int channel = 0; channel < c; ++channel) {
          const ResampleTaps row = at(rows.taps, p), column = at(columns.taps, q);
          double sum = 0;
          for (int a = row.offset; a < at(rows.taps, p + 1).offset; ++a)
            for (int b = column.offset; b < at(columns.taps, q + 1).offset; ++b) {
              const std::int64_t place =
                  (std::int64_t{image} * h + row.first + a - row.offset) * w + column.first + b -
                  column.offset;
              sum += weight(rows, a) * weight(columns, b) * double{x[place * c + channel]};
            }
          *y++ = static_cast<T>(sum);
        }
}

template void resample_reference(const float*, float*, int, int, int, int, const ResampleTable&,
                                 const ResampleTable&);
template void resample_reference(const double*, double*, int, int, int, int, const ResampleTable&,
                                 const ResampleTable&);

}  // namespace pellucid
