// The networks of the tests.
#include "compiler/export/export_cases_test_util.h"

namespace sinew::onnx_export {
namespace {

constexpr ExportCase kCases[] = {
    {"any_batch", R"(
      %0 = input "image" : f32[?,9,10,3]
      %1 = const "w1" {seeded 1} : f32[3,3,3,6]
      %2 = const "b1" {1, -2, 3, -4, 5, 9} : f32[6]
      %3 = conv2d "conv" (%0, %1, %2) {strides=[2,2], padding=same, activation=relu}
      %4 = batch_norm "own" (%3, %2, %2) {epsilon=0.01}
      %5 = const "up" {10, 15} : i32[2]
      %6 = resize_bilinear "larger" (%4, %5)
      output "out" = %6)"},
    {"convolutions", R"(
      %0 = input "image" : f32[1,11,14,3]
      %1 = const "w1" {seeded 1} : f32[3,3,3,6]
      %2 = const "b1" {1, -2, 3, -4, 5, 9} : f32[6]
      %3 = conv2d "odd_row_below" (%0, %1, %2) {strides=[2,2], padding=same, activation=relu6}
      %4 = const "w2" {seeded 2} : f32[3,2,6,4]
      %5 = conv2d "dilated" (%3, %4) {dilations=[2,1], padding=same, activation=relu}
      %6 = const "w3" {seeded 3} : f32[2,3,4,5]
      %7 = conv2d "explicit" (%5, %6) {strides=[1,2], padding=[1,0,2,1]}
      %8 = const "w4" {seeded 4} : f32[3,3,5,2]
      %9 = depthwise_conv2d "two_each" (%7, %8) {padding=valid}
      output "out" = %9)"},
    {"pools", R"(
      %0 = input "image" : f32[1,9,10,3]
      %1 = max_pool "same" (%0) {window=[3,3], strides=[2,2], padding=same}
      %2 = max_pool "valid" (%1) {window=[2,1], strides=[1,1], padding=valid}
      %3 = max_pool "explicit" (%2) {window=[3,3], strides=[1,2], padding=[2,0,1,2]}
      output "out" = %3)"},
    {"pools_rounded_up", R"(
      %0 = input "image" : f32[1,9,10,3]
      %1 = max_pool "up" (%0) {window=[3,3], strides=[2,2], padding=up[0,0,0,0]}
      %2 = max_pool "padded" (%1) {window=[2,2], strides=[2,2], padding=up[1,0,1,0]}
      output "out" = %2)"},
    {"prelu", R"(
      %0 = input "image" : f32[1,4,5,3]
      %1 = const "slope" {0.25, 0, -2} : f32[3]
      %2 = prelu "leaky" (%0, %1)
      output "out" = %2)"},
    {"resize_asymmetric", R"(
      %0 = input "image" : f32[1,5,6,2]
      %1 = const "up" {10, 15} : i32[2]
      %2 = resize_bilinear "larger" (%0, %1)
      %3 = const "down" {7, 4} : i32[2]
      %4 = resize_bilinear "smaller" (%2, %3)
      output "out" = %4)"},
    {"resize_align_corners", R"(
      %0 = input "image" : f32[1,5,6,2]
      %1 = const "up" {10, 15} : i32[2]
      %2 = resize_bilinear "larger" (%0, %1) {align_corners=true}
      %3 = const "down" {7, 1} : i32[2]
      %4 = resize_bilinear "one_column" (%2, %3) {align_corners=true}
      output "out" = %4)"},
    {"resize_half_pixel", R"(
      %0 = input "image" : f32[1,5,6,2]
      %1 = const "up" {10, 15} : i32[2]
      %2 = resize_bilinear "larger" (%0, %1) {half_pixel_centers=true}
      %3 = const "down" {7, 4} : i32[2]
      %4 = resize_bilinear "smaller" (%2, %3) {half_pixel_centers=true}
      output "out" = %4)"},
    {"normalisation", R"(
      %0 = input "image" : f32[1,4,5,3]
      %1 = const "gamma" {1, 2, -3} : f32[3]
      %2 = const "beta" {0.5, -1, 2} : f32[3]
      %3 = const "mean" {1, 0, -2} : f32[3]
      %4 = const "variance" {4, 9, 0.25} : f32[3]
      %5 = batch_norm "given" (%0, %1, %2, %3, %4) {epsilon=0.001}
      %6 = batch_norm "own" (%5, %1, %2) {epsilon=0.01, activation=relu6}
      %7 = scale_shift "scaled" (%6, %2, %3) {activation=relu}
      output "out" = %7)"},
    {"arithmetic", R"(
      %0 = input "image" : f32[1,3,4,2]
      %1 = const "scalar" {2.5} : f32[]
      %2 = sub "from_scalar" (%1, %0)
      %3 = const "by_channel" {3, -4} : f32[2]
      %4 = mul "channels" (%2, %3)
      %5 = const "by_row" {1, 2, 4} : f32[3,1,1]
      %6 = div "rows" (%4, %5)
      %7 = const "by_column" {1, 2, 3, 4} : f32[1,1,4,1]
      %8 = add "columns" (%6, %7) {activation=relu6}
      %9 = max_pool "peak" (%0) {window=[3,4], padding=valid}
      %10 = sub "below_peak" (%9, %8)
      %11 = relu "clamped" (%10)
      %12 = relu6 "clamped6" (%11)
      %13 = identity "same" (%12)
      output "out" = %13)"},
    {"joining", R"(
      %0 = input "image" : f32[1,3,4,2]
      %1 = const "more" {seeded 5} : f32[1,3,4,3]
      %2 = concat "channels" (%0, %1, %0) {axis=3}
      %3 = concat "rows" (%2, %2) {axis=1}
      %4 = const "pads" {0, 0, 1, 2, 0, 3, 1, 0} : i32[4,2]
      %5 = pad "padded" (%3, %4)
      %6 = slice_channels "some" (%5) {offset=2, count=4}
      %7 = const "few" {0, 0} : i32[1,2]
      %8 = const "vector" {1, 2, 3, 4} : f32[4]
      %9 = pad "nothing" (%8, %7)
      %10 = mul "weighted" (%6, %9)
      output "out" = %10)"},
    {"shapes", R"(
      %0 = input "image" : f32[1,4,6,3]
      %1 = const "w" {seeded 6} : f32[1,1,3,3]
      %2 = conv2d "c" (%0, %1) {padding=valid}
      %3 = const "flat" {4, -1, 3} : i32[3]
      %4 = reshape "rows" (%2, %3)
      %5 = const "begin" {3, 1, 0} : i32[3]
      %6 = const "end" {0, 5, 1} : i32[3]
      %7 = const "steps" {-1, 2, 1} : i32[3]
      %8 = strided_slice "backwards" (%4, %5, %6, %7) {end_mask=1, shrink_axis_mask=4}
      %9 = pack "stacked" (%8, %8) {axis=1}
      %10 = const "b2" {0, 0} : i32[2]
      %11 = const "e2" {2, 1} : i32[2]
      %12 = const "s2" {1, 1} : i32[2]
      %13 = strided_slice "new_axis" (%9, %10, %11, %12) {new_axis_mask=1}
      %14 = squeeze "squeezed" (%13) {axes=[0]}
      %15 = cast "whole" (%14) {dtype=i32}
      %16 = cast "real" (%15)
      %17 = add "fractions" (%14, %16)
      output "out" = %17)"},
    {"sizes_computed", R"(
      %0 = input "image" : f32[1,?,?,3]
      %1 = const "w" {seeded 7} : f32[3,3,3,4]
      %2 = conv2d "half" (%0, %1) {strides=[2,2], padding=same}
      %3 = max_pool "quarter" (%2) {window=[2,2], strides=[2,2], padding=same}
      %4 = shape "shape" (%2)
      %5 = const "one" {1} : i32[1]
      %6 = const "three" {3} : i32[1]
      %7 = strided_slice "size" (%4, %5, %6, %5)
      %8 = resize_bilinear "up" (%3, %7)
      %9 = add "sum" (%2, %8)
      %10 = const "zero" {0} : i32[1]
      %11 = const "two" {2} : i32[1]
      %12 = strided_slice "height" (%4, %5, %11, %5) {shrink_axis_mask=1}
      %13 = strided_slice "width" (%4, %11, %6, %5) {shrink_axis_mask=1}
      %14 = pack "packed" (%13, %12) {axis=0}
      %15 = concat "joined" (%14) {axis=0}
      %16 = resize_bilinear "turned" (%9, %15) {half_pixel_centers=true}
      output "out" = %16)"},
    {"functions", R"(
      %0 = input "image" : f32[1,4,6,3]
      %1 = map "sigmoid" (%0) {function=sigmoid}
      %2 = map "tanh" (%0) {function=tanh}
      %3 = map "elu" (%0) {function=elu, alpha=0.7}
      %4 = map "exp" (%1) {function=exp}
      %5 = map "hard_sigmoid" (%0) {function=hard_sigmoid, alpha=0.3, beta=0.4}
      %6 = map "hard_swish" (%0) {function=hard_swish}
      %7 = map "softplus" (%0) {function=softplus}
      %8 = map "abs" (%0) {function=abs}
      %9 = map "sqrt" (%8) {function=sqrt}
      %10 = map "clip" (%0) {function=clip, alpha=-0.25, beta=0.5}
      %11 = softmax "softmax" (%0)
      %12 = concat "all" (%1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11) {axis=3}
      output "out" = %12)"},
    {"averages", R"(
      %0 = input "image" : f32[1,9,10,3]
      %1 = average_pool "same" (%0) {window=[3,3], strides=[2,2], padding=same}
      %2 = average_pool "counted" (%1) {window=[3,2], padding=[1,0,1,1], count_padding=true}
      %3 = spatial_mean "mean" (%2)
      %4 = mul "weighted" (%0, %3)
      %5 = div "ratio" (%4, %3)
      output "out" = %5)"},
    {"pixels", R"(
      %0 = input "image" : f32[1,4,5,8]
      %1 = depth_to_space "up" (%0) {block=2, crop=[1,0]}
      %2 = const "size" {14, 13} : i32[2]
      %3 = resize_nearest "floor" (%1, %2)
      %4 = resize_nearest "corners" (%1, %2) {align_corners=true, rounding=half_down}
      %5 = resize_nearest "centres" (%1, %2) {half_pixel_centers=true, rounding=half_up}
      %6 = concat "all" (%3, %4, %5, %3) {axis=3}
      %7 = depth_to_space "innermost" (%6) {block=2, pixels_innermost=true}
      output "out" = %7)"},
};

}  // namespace

std::span<const ExportCase> ExportCases() { return kCases; }

}  // namespace sinew::onnx_export
