// Pictures as NumPy arrays, and as the library sees them.
#pragma once

#include <pybind11/numpy.h>

#include <cstdint>
#include <vector>

#include "media/images/image.h"
#include "sinew/model.h"
#include "sinew/people.h"

namespace sinew::python {

// What a caller's array shows. The array must stay alive; its pixels are used where they lie, if they lie as the
// library wants them (rows of B, G, R bytes), else they are copied.
struct PictureInArray {
  ImageView view;
  std::vector<uint8_t> copy;  // what `view` shows, where it is no part of the array
};

// Bytes of (H,W,3), (H,W,1) or (H,W), with any strides, written to or not. `rgb`: in that order of channels. Errors say
// what to do: kInvalidArgument for other types and shapes, kTooLarge. Copies without the interpreter's lock.
PictureInArray ToPicture(const pybind11::array& array, bool rgb);

// The same to draw on: kInvalidArgument where the array cannot be written to, or does not lie so.
MutableImageView ToCanvas(const pybind11::array& array);

// An array that owns the pixels.
pybind11::array ToArray(media::Image image);

// (height, width, channels) floats, copied.
pybind11::array_t<float> ToArray(const TensorView& view);

// An array that owns the vector.
template <class T>
pybind11::array_t<T> ToArray(std::vector<T> values, std::vector<pybind11::ssize_t> shape) {
  auto* const owned = new std::vector<T>(std::move(values));
  const pybind11::capsule owner(owned, [](void* vector) { delete static_cast<std::vector<T>*>(vector); });
  return pybind11::array_t<T>(std::move(shape), owned->data(), owner);
}

}  // namespace sinew::python
