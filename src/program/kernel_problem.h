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

using Problem = std::variant<ConvProblem, ConvPairProblem, DepthwiseProblem, SeparableProblem, PoolProblem,
                             ResizeProblem, NormalizeProblem, AddProblem, ScaleShiftProblem, CopyProblem, PreluProblem>;

}  // namespace sinew::kernels
