// fold_arithmetic.cpp: each value by itself, and of several that broadcast.
#include <algorithm>
#include <cmath>
#include <functional>

#include "nn/graph/onnx/fold_parts.h"

namespace pellucid {
namespace {

template <class OfIntegers, class OfReals>
std::vector<Constant> binary(const Folding& f, const OfIntegers& of_integers,
                             const OfReals& of_reals, bool makes_booleans = false) {
  const Constant &a = f.input(0), &b = f.input(1);
  require(a.whole == b.whole, "inputs of different types");
  Extents shape = broadcast(a.shape, b.shape);
  expect_count(shape);
  const std::int64_t count = product(shape);
  std::vector<std::int64_t> integers;
  std::vector<float> reals;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t ia = broadcast_index(i, shape, a.shape),
                       ib = broadcast_index(i, shape, b.shape);
    if (a.whole) {
      const std::int64_t x = a.integers[static_cast<std::size_t>(ia)],
                         y = b.integers[static_cast<std::size_t>(ib)];
      if (!makes_booleans) {
        expect_known(x);
        expect_known(y);
      }
      integers.push_back(of_integers(x, y));
    } else if (makes_booleans) {
      integers.push_back(of_reals(a.at(ia), b.at(ib)) != 0);
    } else {
      reals.push_back(static_cast<float>(of_reals(a.at(ia), b.at(ib))));
    }
  }
  if (a.whole || makes_booleans) return {Constant::of(shape, std::move(integers))};
  return {Constant::of(shape, std::move(reals))};
}

// Of one input or more: the first two, then their result and the third.
template <class OfIntegers, class OfReals>
std::vector<Constant> of_all(const Folding& f, const OfIntegers& of_integers,
                             const OfReals& of_reals) {
  Constant result = f.input(0);
  for (std::size_t i = 1; i < f.inputs.size(); ++i) {
    const std::vector<const Constant*> two{&result, &f.input(i)};
    result = binary({f.node, f.opset, two}, of_integers, of_reals)[0];
  }
  return {result};
}

std::int64_t wrapping(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::uint64_t bits(std::int64_t value) { return static_cast<std::uint64_t>(value); }

std::int64_t negative(std::int64_t x) { return wrapping(0 - bits(x)); }
float negative(float x) { return -x; }

std::int64_t divided(std::int64_t a, std::int64_t b) {
  require(b != 0, "a division by 0");
  return b == -1 ? wrapping(0 - bits(a)) : a / b;
}

std::int64_t power(std::int64_t base, std::int64_t exponent) {
  require(exponent >= 0 && exponent <= 62, "bad exponent (found ", exponent, ")");
  std::uint64_t out = 1;
  for (std::int64_t i = 0; i < exponent; ++i) out *= bits(base);
  return wrapping(out);
}

// Of integers or reals.
template <class OfNumber>
std::vector<Constant> of_numbers(const Folding& f, const OfNumber& of_number) {
  Constant x = f.input(0);
  if (x.whole) {
    for (std::int64_t& value : x.integers) {
      expect_known(value);
      value = of_number(value);
    }
    return {x};
  }
  std::vector<float> reals;
  for (const float value : x.floats()) reals.push_back(of_number(value));
  return {Constant::of(x.shape, std::move(reals))};
}

template <class OfReals>
std::vector<Constant> unary(const Folding& f, const OfReals& of_reals) {
  const Constant& x = f.input(0);
  require(!x.whole, "wrong type (found integers; expected reals)");
  std::vector<float> reals;
  for (const float value : x.floats()) reals.push_back(static_cast<float>(of_reals(double{value})));
  return {Constant::of(x.shape, std::move(reals))};
}

std::vector<Constant> cast(const Folding& f) {
  const Constant& x = f.input(0);
  const auto to = static_cast<OnnxType>(integer_attribute(f.node, "to", 1));
  const bool real =
      to == OnnxType::f32 || to == OnnxType::f64 || to == OnnxType::f16 || to == OnnxType::bf16;
  if (real != x.whole) return {x};
  if (real) {
    std::vector<float> reals;
    for (const std::int64_t value : x.integers) {
      expect_known(value);
      reals.push_back(static_cast<float>(value));
    }
    return {Constant::of(x.shape, std::move(reals))};
  }
  std::vector<std::int64_t> integers;
  for (const float value : x.floats()) {
    require(std::abs(value) < 9e18f, "a cast out of range (found ", value, ")");
    integers.push_back(to == OnnxType::boolean ? value != 0 : static_cast<std::int64_t>(value));
  }
  return {Constant::of(x.shape, std::move(integers))};
}

std::vector<Constant> where(const Folding& f) {
  const Constant &condition = f.input(0), &a = f.input(1), &b = f.input(2);
  require(condition.whole && a.whole == b.whole, "inputs of different types");
  const Extents shape = broadcast(condition.shape, broadcast(a.shape, b.shape));
  expect_count(shape);
  std::vector<std::int64_t> integers;
  std::vector<float> reals;
  for (std::int64_t i = 0; i < product(shape); ++i) {
    const bool first =
        condition.integers[static_cast<std::size_t>(broadcast_index(i, shape, condition.shape))] !=
        0;
    const Constant& from = first ? a : b;
    const auto at = static_cast<std::size_t>(broadcast_index(i, shape, from.shape));
    if (a.whole) integers.push_back(from.integers[at]);
    else reals.push_back(from.floats()[at]);
  }
  if (a.whole) return {Constant::of(shape, std::move(integers))};
  return {Constant::of(shape, std::move(reals))};
}

std::vector<Constant> clipped(const Folding& f) {
  for (const std::size_t i : {std::size_t{1}, std::size_t{2}})
    require(!f.has(i) || f.input(i).count() == 1, "a bound of several values");
  const float least =
                  f.has(1) ? f.input(1).floats().at(0) : real_attribute(f.node, "min", -INFINITY),
              most = f.has(2) ? f.input(2).floats().at(0) : real_attribute(f.node, "max", INFINITY);
  return unary(f, [&](double x) { return std::min<double>(std::max<double>(x, least), most); });
}

}  // namespace

const FoldTable& arithmetic_folds() {
  static const FoldTable table{
      {"Cast", cast},
      {"Where", where},
      {"Clip", clipped},
      {"Not",
       [](const Folding& f) {
         Constant x = f.input(0);
         require(x.whole, "wrong type");
         for (std::int64_t& value : x.integers) value = value == 0;
         return std::vector{x};
       }},
      {"Add",
       [](const Folding& f) {
         return binary(
             f, [](auto a, auto b) { return wrapping(bits(a) + bits(b)); },
             [](double a, double b) { return a + b; });
       }},
      {"Sub",
       [](const Folding& f) {
         return binary(
             f, [](auto a, auto b) { return wrapping(bits(a) - bits(b)); },
             [](double a, double b) { return a - b; });
       }},
      {"Mul",
       [](const Folding& f) {
         return binary(
             f, [](auto a, auto b) { return wrapping(bits(a) * bits(b)); },
             [](double a, double b) { return a * b; });
       }},
      {"Div",
       [](const Folding& f) {
         return binary(f, divided, [](double a, double b) { return a / b; });
       }},
      {"Pow",
       [](const Folding& f) {
         return binary(f, power, [](double a, double b) { return std::pow(a, b); });
       }},
      {"Mod",
       [](const Folding& f) {
         const bool sign_of_first = integer_attribute(f.node, "fmod", 0) != 0;
         return binary(
             f,
             [sign_of_first](std::int64_t a, std::int64_t b) {
               require(b != 0, "a division by 0");
               if (b == -1) return std::int64_t{0};
               return sign_of_first || a % b == 0 || (a < 0) == (b < 0) ? a % b : a % b + b;
             },
             [sign_of_first](double a, double b) {
               const double left = std::fmod(a, b);
               return sign_of_first || left == 0 || (left < 0) == (b < 0) ? left : left + b;
             });
       }},
      {"Min",
       [](const Folding& f) {
         return of_all(
             f, [](auto a, auto b) { return std::min(a, b); },
             [](double a, double b) { return std::min(a, b); });
       }},
      {"Max",
       [](const Folding& f) {
         return of_all(
             f, [](auto a, auto b) { return std::max(a, b); },
             [](double a, double b) { return std::max(a, b); });
       }},
      {"Equal",
       [](const Folding& f) { return binary(f, std::equal_to<>(), std::equal_to<>(), true); }},
      {"Greater",
       [](const Folding& f) { return binary(f, std::greater<>(), std::greater<>(), true); }},
      {"Less", [](const Folding& f) { return binary(f, std::less<>(), std::less<>(), true); }},
      {"GreaterOrEqual",
       [](const Folding& f) {
         return binary(f, std::greater_equal<>(), std::greater_equal<>(), true);
       }},
      {"LessOrEqual",
       [](const Folding& f) { return binary(f, std::less_equal<>(), std::less_equal<>(), true); }},
      {"And",
       [](const Folding& f) {
         return binary(f, std::logical_and<>(), std::logical_and<>(), true);
       }},
      {"Or",
       [](const Folding& f) { return binary(f, std::logical_or<>(), std::logical_or<>(), true); }},
      {"Sqrt", [](const Folding& f) { return unary(f, [](double x) { return std::sqrt(x); }); }},
      {"Exp", [](const Folding& f) { return unary(f, [](double x) { return std::exp(x); }); }},
      {"Log", [](const Folding& f) { return unary(f, [](double x) { return std::log(x); }); }},
      {"Abs",
       [](const Folding& f) {
         return of_numbers(f, [](auto x) { return x < 0 ? negative(x) : x; });
       }},
      {"Neg", [](const Folding& f) { return of_numbers(f, [](auto x) { return negative(x); }); }},
      {"Reciprocal", [](const Folding& f) { return unary(f, [](double x) { return 1 / x; }); }},
      {"Ceil", [](const Folding& f) { return unary(f, [](double x) { return std::ceil(x); }); }},
      {"Floor", [](const Folding& f) { return unary(f, [](double x) { return std::floor(x); }); }},
      {"Sigmoid",
       [](const Folding& f) { return unary(f, [](double x) { return 1 / (1 + std::exp(-x)); }); }},
      {"Softplus",
       [](const Folding& f) { return unary(f, [](double x) { return std::log1p(std::exp(x)); }); }},
      {"Tanh", [](const Folding& f) { return unary(f, [](double x) { return std::tanh(x); }); }},
      {"Relu",
       [](const Folding& f) { return unary(f, [](double x) { return std::max(x, 0.0); }); }}};
  return table;
}

}  // namespace pellucid
