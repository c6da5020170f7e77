// What a pose network's numbers mean: its skeleton, its input, its outputs, and how people are made of them. A compiled
// model carries its description, and everything from the picture to the results follows it.
//
//   sinew::ModelDescription description = sinew::TfPoseDescription();   // tf-pose-estimation: COCO-18, 57 channels
//   description.skeleton.keypoints[0].name;                             // "nose"
//   if (sinew::Status status = description.Validate(); !status.ok()) ...  // says what is wrong with one of your own
//
// All types here are plain values: copyable, owning what they hold, and safe to read from several threads.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sinew/status.h"

namespace sinew {

// COCO's keypoints, in its order: nose, then left and right eye, ear, shoulder, elbow, wrist, hip, knee, ankle.
inline constexpr int kCocoKeypointCount = 17;

inline constexpr int kMaxKeypoints = 256;
inline constexpr int kMaxLimbs = 1024;

struct Rgb {
  uint8_t r = 0, g = 0, b = 0;
  bool operator==(const Rgb&) const = default;
};

struct SkeletonKeypoint {
  // Unique in its skeleton; lower-case letters, digits and underscores: it becomes the name of columns and members.
  std::string name;
  Rgb color;
  // COCO's object keypoint similarity (OKS), by which people are compared and tracked: how far annotators are apart, as
  // a fraction of the square root of the person's area; 0 to 1. 0: the keypoint is not compared. The default is the
  // mean of COCO's.
  double oks_sigma = 0.067;
  // The keypoint on the other side of the body (the right wrist of the left one), by index; -1: there is none.
  int mirror = -1;
  // Which of COCO's 17 keypoints it is; -1: none of them. Keypoints that COCO knows and no keypoint stands for are
  // missing in COCO results.
  int coco = -1;
  bool operator==(const SkeletonKeypoint&) const = default;
};

// Two keypoints that belong together, and the field that points from one to the other.
struct Limb {
  int from = 0, to = 0;  // indices of keypoints
  // Channels of the field's x (to the right) and y (downwards), counted from the first channel of Heads::fields.
  int field_x = 0, field_y = 1;
  // Whether the limb finds people and is drawn. One that is not only joins what others found: COCO-18's limbs from
  // shoulder to ear.
  bool in_tree = true;
  bool operator==(const Limb&) const = default;
};

struct Skeleton {
  std::string name;                         // "coco18"
  std::vector<SkeletonKeypoint> keypoints;  // in the order of Person::keypoints; 1 to kMaxKeypoints
  std::vector<Limb> limbs;                  // in the order in which people are assembled; at most kMaxLimbs
  bool operator==(const Skeleton&) const = default;

  int keypoint_count() const { return static_cast<int>(keypoints.size()); }
  // The index of the keypoint that is COCO's `coco`th; -1 where there is none.
  int FindCoco(int coco) const;
  // The index of the keypoint of that name; -1 where there is none.
  int FindKeypoint(std::string_view keypoint_name) const;
  Status Validate() const;
};

enum class ChannelOrder { kBgr, kRgb };

// What the network expects in its input, [height, width, 3].
struct InputConvention {
  ChannelOrder channel_order = ChannelOrder::kBgr;
  // Input value = (byte - mean) * scale, by channel in the network's order; bytes are 0 to 255.
  std::array<float, 3> mean = {0, 0, 0};
  std::array<float, 3> scale = {1, 1, 1};
  // What lies beside a picture that does not fill the input, as a byte of each channel (0 to 255; need not be whole).
  std::array<float, 3> padding = {0, 0, 0};
  // A resolution that follows a picture's shape has sides of k * side_multiple + side_offset pixels.
  int side_multiple = 16, side_offset = 0;
  bool operator==(const InputConvention&) const = default;

  bool is_identity() const { return mean == std::array<float, 3>{} && scale == std::array<float, 3>{1, 1, 1}; }
};

// Some channels of one of the network's outputs (Session::output). `count` 0: there are none.
struct ChannelRange {
  int output = 0;
  int first = 0, count = 0;
  bool operator==(const ChannelRange&) const = default;
};

// How a network gets from its input to cells of `stride` pixels; it decides where the first cell lies.
enum class Downsampling {
  kFixed,            // pooling, or convolutions with the same padding at any size: at Heads::first_cell
  kSameConvolution,  // 3x3 convolutions of stride 2 with TensorFlow's SAME padding, which pads an odd side on both
                     // ends: further out on a side that is not a multiple of the stride
};

struct Heads {
  // One channel a keypoint, in the skeleton's order, about 0 to 1; of kPoseNet their logits.
  ChannelRange heat_maps;
  // The channel, of the heat maps' output, that is high where nobody is; -1: there is none.
  int background = -1;
  // Part affinity fields: unit vectors along limbs; Limb::field_x and field_y say which channel is what.
  ChannelRange fields;
  // Of kPoseNet, in input pixels: from a cell to the keypoint, y of all keypoints, then x of all; and from a keypoint
  // to the other end of a limb, as Limb::field_x and field_y tell, from `from` to `to` and back. Of kMoveNet `offsets`
  // too, but y and x of each keypoint in turn, in cells.
  ChannelRange offsets, forward_displacements, backward_displacements;
  // Of kMoveNet: one channel that is high in the middle of a person; there, in cells, y and x of each keypoint in turn
  // from that cell, y and x from that cell to the middle of the person's box, and the box's height and width.
  ChannelRange centers, regression, box_offsets, box_sizes;
  // Input pixels from one cell to the next: 1 to 64. The outputs have ceil(side / stride) cells along a side.
  int stride = 8;
  // Where the area of the first cell begins, in input pixels from the top and left edge (a cell covers `stride`
  // pixels).
  float first_cell = 0;
  Downsampling downsampling = Downsampling::kFixed;
  bool operator==(const Heads&) const = default;

  // The same for a side of that many input pixels, with what `downsampling` adds.
  float FirstCell(int side) const;
  // Cells along a side of that many input pixels.
  int CellCount(int side) const { return (side + stride - 1) / stride; }
};

// A kind of channels by its name: "heat_maps", "fields" and so on.
struct HeadRange {
  const char* name;
  ChannelRange Heads::*range;
};
// All ranges of Heads, in the order of its members.
std::span<const HeadRange> HeadRanges();

// How people are made of the outputs.
enum class DecoderKind {
  kPartAffinityFields,   // heat maps and fields: OpenPose and its relatives (sinew/decode_options.h)
  kTrtPose,              // heat maps and fields as trt_pose decodes them, with its own thresholds: of DecodeOptions,
                         // min_parts, min_score, max_people and max_peaks are used
  kPoseNet,              // local maxima of heat, and a walk along displacements from each to the other keypoints
  kMoveNet,              // middles of people, and from each, keypoints where heat near the regressed place is highest
                         // both: of DecodeOptions, peak_threshold (of a keypoint's score) is used as well
  kLightweightOpenPose,  // heat maps and fields as lightweight OpenPose decodes them, with its own thresholds; of
                         // DecodeOptions as kTrtPose
};
std::string_view DecoderKindName(DecoderKind kind);  // "part affinity fields"

struct ModelDescription {
  Skeleton skeleton;
  InputConvention input;
  Heads heads;
  DecoderKind decoder = DecoderKind::kPartAffinityFields;
  bool operator==(const ModelDescription&) const = default;

  // The channels of PoseEstimator::maps(), whatever the order of the network's outputs: one a keypoint, the background
  // where there is one, the fields from first_field() on.
  int map_channels() const { return first_field() + heads.fields.count; }
  int first_field() const { return heads.heat_maps.count + (heads.background == -1 ? 0 : 1); }

  // Whether all parts make sense and fit together. kInvalidArgument, with a message that names the first thing that
  // does not: "keypoint 3 \"tail tip\": a name may have lower-case letters, digits and _ only".
  Status Validate() const;
};

// The networks of tf-pose-estimation: COCO-18, B, G, R of 0 to 255 as they are, and one output of 57 channels, 18
// keypoints, the background, and the fields of 19 limbs.
//   Source: Cao et al., "Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields", CVPR 2017
// `downsampling` depends on the network: mobilenet variants stride by convolutions, cmu pools.
ModelDescription TfPoseDescription(Downsampling downsampling = Downsampling::kSameConvolution);
// Its skeleton alone.
const Skeleton& Coco18Skeleton();

// OpenPose's own networks: one output of heat maps, the background and fields, B, G, R as x / 256 - 0.5. BODY_25 has
// feet, and the middle of the hips; COCO is COCO-18; MPI has MPII's 15 keypoints.
//   Source: Cao et al., "OpenPose: Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields", TPAMI 2019
ModelDescription OpenPoseBody25Description();
ModelDescription OpenPoseCocoDescription();
ModelDescription OpenPoseMpiDescription();

// lightweight OpenPose: COCO-18, B, G, R as (x - 128) / 256, heat maps and fields in outputs of their own; which ones
// depends on how the network was exported. People are found by its own rules.
//   Source: Osokin, "Real-time 2D Multi-Person Pose Estimation on CPU: Lightweight OpenPose", ICPRAM 2019
ModelDescription LightweightOpenPoseDescription(int heat_output, int field_output);
// trt_pose's networks of people: COCO's 17 keypoints and the neck, R, G, B normalised as ImageNet's, a cell every 4
// pixels.
//   Source: github.com/NVIDIA-AI-IOT/trt_pose
ModelDescription TrtPoseDescription(int heat_output, int field_output);

// PoseNet: COCO's 17 keypoints, R, G, B as x / 127.5 - 1, sides of k * 16 + 1 pixels.
//   Source: Papandreou et al., "PersonLab: Person Pose Estimation and Instance Segmentation with a Bottom-Up,
//   Part-Based, Geometric Embedding Model", ECCV 2018
// Heads::heat_maps, offsets and both displacements are the network's outputs 0 to 3.
ModelDescription PoseNetDescription();
// MoveNet MultiPose, cut before it chooses six people: COCO's 17 keypoints, R, G, B of 0 to 255, sides of k * 32
// pixels.
//   Source: tfhub.dev/google/movenet/multipose/lightning/1; Zhou et al., "Objects as Points", 2019
// Heads::heat_maps, centers, regression, offsets, box_sizes and box_offsets are the network's outputs 0 to 5.
ModelDescription MoveNetMultiPoseDescription();

const Skeleton& Body25Skeleton();
const Skeleton& Mpi15Skeleton();
const Skeleton& Coco17Skeleton();

}  // namespace sinew
