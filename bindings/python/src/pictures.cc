// Checks before anything is looked at: an array can claim any size, and have no memory of that size behind it.
#include "pictures.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/error.h"
#include "errors.h"

namespace sinew::python {
namespace {

namespace py = pybind11;

constexpr py::ssize_t kMaxSide = 65536;
constexpr py::ssize_t kMaxPixels = 100'000'000;

// A picture's bytes, wherever they lie: strides are in bytes, and may be negative or zero.
struct Pixels {
  const uint8_t* data = nullptr;
  py::ssize_t height = 0, width = 0, channels = 1;
  py::ssize_t row = 0, pixel = 0, channel = 0;
};

std::string ShapeText(const py::array& array) {
  std::string text;
  for (py::ssize_t i = 0; i < array.ndim(); ++i) text += fmt::format("{}{}", i == 0 ? "" : ",", array.shape(i));
  return fmt::format("({}{})", text, array.ndim() == 1 ? "," : "");
}

// What to do about an array of another type.
Status WrongType(const py::array& array) {
  const std::string type = py::str(array.dtype());
  if (array.dtype().kind() == 'f') {
    return InvalidArgument(
        "picture: has values of type {}, needs uint8, 0 to 255: (255 * picture).clip(0, 255).astype(numpy.uint8) for "
        "values of 0 to 1, picture.clip(0, 255).astype(numpy.uint8) for others",
        type);
  }
  return InvalidArgument("picture: has values of type {}, needs uint8, 0 to 255", type);
}

Pixels Look(const py::array& array) {
  if (!(array.dtype().kind() == 'u' && array.dtype().itemsize() == 1)) throw StatusError(WrongType(array));
  if (array.ndim() != 2 && array.ndim() != 3) {
    Check(InvalidArgument("picture: has the shape {}, needs (height, width, 3), or (height, width) if it is grey",
                          ShapeText(array)));
  }
  Pixels pixels{static_cast<const uint8_t*>(array.data()),
                array.shape(0),
                array.shape(1),
                1,
                array.strides(0),
                array.strides(1),
                0};
  if (array.ndim() == 3) {
    pixels.channels = array.shape(2);
    pixels.channel = array.strides(2);
  }
  if (pixels.channels != 1 && pixels.channels != 3) {
    Check(InvalidArgument("picture: has the shape {}, so {} channels, needs 3, or 1 if it is grey{}", ShapeText(array),
                          pixels.channels, pixels.channels == 4 ? "; picture[..., :3] leaves out the fourth" : ""));
  }
  if (pixels.width < 1 || pixels.height < 1)
    Check(InvalidArgument("picture: has the shape {}, so no pixels", ShapeText(array)));
  if (pixels.width > kMaxSide || pixels.height > kMaxSide || pixels.width * pixels.height > kMaxPixels) {
    Check(TooLarge("picture: has {}x{} pixels, at most {} on a side and {} in all are taken", pixels.width,
                   pixels.height, kMaxSide, kMaxPixels));
  }
  return pixels;
}

bool LiesAsViews(const Pixels& p) {
  return p.channels == 3 && p.channel == 1 && p.pixel == 3 && (p.row >= 3 * p.width || p.height == 1);
}

size_t RowStride(const Pixels& p) { return static_cast<size_t>(std::max(p.row, 3 * p.width)); }

std::vector<uint8_t> CopyAsBgr(const Pixels& p, bool rgb) {
  std::vector<uint8_t> copy(3 * static_cast<size_t>(p.width) * static_cast<size_t>(p.height));
  // Grey has one channel for all three.
  const py::ssize_t step = p.channels == 1 ? 0 : p.channel;
  const py::ssize_t blue = rgb ? 2 * step : 0, red = rgb ? 0 : 2 * step;
  uint8_t* to = copy.data();
  for (py::ssize_t y = 0; y < p.height; ++y) {
    const uint8_t* from = p.data + y * p.row;
    for (py::ssize_t x = 0; x < p.width; ++x, from += p.pixel, to += 3) {
      to[0] = from[blue];
      to[1] = from[step];
      to[2] = from[red];
    }
  }
  return copy;
}

}  // namespace

PictureInArray ToPicture(const py::array& array, bool rgb) {
  const Pixels pixels = Look(array);
  const int width = static_cast<int>(pixels.width), height = static_cast<int>(pixels.height);
  PictureInArray picture;
  if (!rgb && LiesAsViews(pixels)) {
    picture.view = {pixels.data, width, height, RowStride(pixels)};
    return picture;
  }
  const py::gil_scoped_release release;
  picture.copy = CopyAsBgr(pixels, rgb);
  picture.view = {picture.copy.data(), width, height, 3 * static_cast<size_t>(width)};
  return picture;
}

MutableImageView ToCanvas(const py::array& array) {
  const Pixels pixels = Look(array);
  if (!array.writeable()) Check(InvalidArgument("picture: cannot be written to: draw on picture.copy()"));
  if (!LiesAsViews(pixels)) {
    Check(InvalidArgument(
        "picture: is not in rows of B, G, R bytes, so it cannot be drawn on: draw on a copy, which draw() makes unless "
        "it is told inplace=True"));
  }
  return {static_cast<uint8_t*>(py::array(array).mutable_data()), static_cast<int>(pixels.width),
          static_cast<int>(pixels.height), RowStride(pixels)};
}

py::array ToArray(media::Image image) {
  return ToArray(std::move(image.pixels), {image.height, image.width, py::ssize_t{3}});
}

py::array_t<float> ToArray(const TensorView& view) {
  py::array_t<float> array({view.height, view.width, view.channels});
  float* to = array.mutable_data();
  const size_t pixels = static_cast<size_t>(view.height) * static_cast<size_t>(view.width);
  const auto channels = static_cast<size_t>(view.channels);
  for (size_t p = 0; p < pixels; ++p) std::copy_n(view.data + p * view.pixel_stride, channels, to + p * channels);
  return array;
}

}  // namespace sinew::python
