// What the steps of a program compute, as kernels see it: sizes and numbers alone, no memory and no backend. A
// backend's kernels take a problem and, apart from it, their arguments: where the pictures and weights lie.
//
// A value of these types made by MakeProblem (step_problem.h) holds what its comment says, whatever file it came from.
// All sizes are positive.
#pragma once

#include <variant>

namespace sinew::kernels {

// What numbers are stored as, and multiplied; sums are f32, those of i8 whole numbers of 32 bits. Those of the schema.
enum class DataType : unsigned char { kF32, kF16, kBF16, kBF16Pair, kI8 };

// What is done with sums before they are written.
enum class Activation : unsigned char { kNone, kRelu, kRelu6 };

// Convolution. Elements outside the input count as zero.
//   out[y,x,k] = act(bias[k] + sum_{r,s,c} in[y*stride_h + r*dilation_h - pad_top, x*stride_w + s*dilation_w -
//   pad_left,
//                                             c] * w[r,s,c,k])
// `max_pool` takes the maximum over 2x2 results, stride 2, so that the larger picture between is never written.
struct ConvProblem {
  int in_h, in_w, in_c;
  int out_h, out_w, out_k;  // before the pooling
  int kernel_h, kernel_w;
  int stride_h, stride_w;
  int dilation_h, dilation_w;
  int pad_top, pad_left;  // what lies below and to the right follows from the sizes
  Activation activation;
  bool max_pool = false;  // where a size is odd, windows at its end may have one row or column, or be dropped
};

// Two convolutions one after the other.
struct ConvPairProblem {
  ConvProblem first, second;  // the first's output is the second's input; only the second may pool
};

// Depthwise convolution, one input channel an output channel.
//   out[y,x,c] = act(bias[c] + sum_{r,s} in[y*stride_h + r*dilation_h - pad_top, x*stride_w + s*dilation_w - pad_left,
//   c]
//                                        * w[r,s,c])
struct DepthwiseProblem {
  int in_h, in_w, channels;
  int out_h, out_w;
  int kernel_h, kernel_w;
  int stride_h, stride_w;
  int dilation_h, dilation_w;
  int pad_top, pad_left;
  Activation activation;
};

// A depthwise convolution followed by a pointwise (1x1) one.
struct SeparableProblem {
  DepthwiseProblem depthwise;  // with the activation between the two
  int out_k;
  Activation activation;  // after the pointwise convolution
};

// Max pooling. Elements outside the input do not take part; no window lies outside altogether.
struct PoolProblem {
  int in_h, in_w, channels;
  int out_h, out_w;
  int window_h, window_w;
  int stride_h, stride_w;
  int pad_top, pad_left;
};

// Bilinear resize as TensorFlow's ResizeBilinear does it.
//   source coordinate of output i:  i * in / out                        (neither flag: TensorFlow 1's default)
//                                   i * (in - 1) / (out - 1)            (align_corners, out > 1)
//                                   (i + 0.5) * in / out - 0.5          (half_pixel_centers)
struct ResizeProblem {
  int in_h, in_w, channels;
  int out_h, out_w;
  bool align_corners, half_pixel_centers;
};

// Batch normalisation with the picture's own statistics: what a TensorFlow FusedBatchNorm with is_training=True does to
// one picture.
//   out[p,c] = act((in[p,c] - mean[c]) / sqrt(variance[c] + epsilon) * gamma[c] + beta[c])
// with the mean and the biased variance over all pixels.
struct NormalizeProblem {
  int height, width, channels;
  float epsilon;  // 0 to a million
  Activation activation;
};

// out = act(a + b), element by element.
struct AddProblem {
  int height, width, channels;
  Activation activation;
};

// out[p,c] = act(in[p,c] * scale[c] + shift[c])
struct ScaleShiftProblem {
  int height, width, channels;
  Activation activation;
};

// out[p,c] = in[p,c] where it is positive, in[p,c] * slope[c] elsewhere
struct PreluProblem {
  int height, width, channels;
};

// The input at (pad_top, pad_left) of the output, zeros around it. It fits in.
struct CopyProblem {
  int in_h, in_w, channels;
  int out_h, out_w;
  int pad_top, pad_left;
};

// out = function(in), element by element. Parameters of a function that takes none are not read.
enum class Function : unsigned char {
  kNone,         // x
  kAbs,          // |x|
  kClip,         // min(max(x, alpha), beta)
  kElu,          // x >= 0 ? x : alpha * (exp(x) - 1)
  kExp,          // exp(x)
  kHardSigmoid,  // min(max(alpha * x + beta, 0), 1)
  kHardSwish,    // x * min(max(x / 6 + 0.5, 0), 1)
  kSigmoid,      // 1 / (1 + exp(-x))
  kSoftplus,     // log(1 + exp(x))
  kSqrt,         // the root of x
  kTanh,         // tanh(x)
};
struct MapProblem {
  int height, width, channels;
  Function function;
  float alpha, beta;  // finite
};

// out = act(a op b), element by element. What is 1 of a picture's sizes stretches to that of the output.
enum class Operation : unsigned char { kAdd, kSubtract, kMultiply, kDivide };
struct CombineProblem {
  int height, width, channels;
  int a_height, a_width, a_channels;
  int b_height, b_width, b_channels;
  Operation operation;
  Activation activation;
};

// The mean of the elements that a window covers, as a PoolProblem lays it; with `count_padding` their sum over the
// window's size.
struct AveragePoolProblem {
  PoolProblem pool;
  bool count_padding;
};

// Resize by the nearest pixel: positions as in ResizeProblem, brought to a whole number by `rounding` and into the
// input.
enum class Rounding : unsigned char { kFloor, kCeil, kHalfDown, kHalfUp };
struct ResizeNearestProblem {
  ResizeProblem resize;
  Rounding rounding;
};

// Pixel (r, s) of each block x block pixels of the output is made of
//   channels (r * block + s) * out_channels + k, or with `pixels_innermost` k * block * block + r * block + s,
// of one pixel of the input.
struct DepthToSpaceProblem {
  int in_h, in_w, in_c;
  int out_h, out_w;  // in_h * block less what is dropped at the end, less than a block
  int block;         // 1 to 64; its square divides in_c
  bool pixels_innermost;
};

// out[p,c] = exp(in[p,c] - max) / sum_c exp(in[p,c] - max) over the channels of each pixel.
struct SoftmaxProblem {
  int height, width, channels;
};

using Problem =
    std::variant<ConvProblem, ConvPairProblem, DepthwiseProblem, SeparableProblem, PoolProblem, ResizeProblem,
                 NormalizeProblem, AddProblem, ScaleShiftProblem, CopyProblem, PreluProblem, MapProblem, CombineProblem,
                 AveragePoolProblem, ResizeNearestProblem, DepthToSpaceProblem, SoftmaxProblem>;

}  // namespace sinew::kernels
