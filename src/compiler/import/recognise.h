// What kind of file something is, by its first bytes.
#pragma once

#include <string_view>

namespace sinew::import {

enum class FileKind {
  kJson,    // a TensorFlow.js model, if anything
  kBinary,  // a GraphDef, if anything
  kCaffe,   // a .caffemodel
  kOnnx,
  kForeign,  // a known format that is not imported
};

struct Recognised {
  FileKind kind = FileKind::kBinary;
  std::string_view advice;  // of kForeign: what it is and what to do
};

// `start`: the first kilobyte or the whole of a shorter file.
Recognised Recognise(std::string_view start);
inline constexpr size_t kRecognisePrefix = 1024;

}  // namespace sinew::import
