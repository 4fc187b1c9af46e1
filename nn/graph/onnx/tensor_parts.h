// tensor_parts.h: a TensorProto as far as it is read: any of its fields may come again.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nn/graph/onnx/onnx_reader.h"

namespace pellucid {

struct OnnxReader::Parts {
  // Of a repeated field: where they lie in the file, or, if they came in pieces, put together.
  struct Numbers {
    std::string_view view;
    std::shared_ptr<OnnxBytes> joined;
    void append(std::string_view more, const std::string& file);
  };

  std::string name;
  std::int64_t type = 0, location = 0;
  std::vector<std::int64_t> shape;
  std::size_t axes = 0, texts = 0;
  std::string_view raw;
  bool segment = false;
  std::map<std::uint32_t, Numbers> numbers;  // by field
  std::vector<std::pair<std::string, std::string>> external;
};

}  // namespace pellucid
