// Checks of model descriptions, part by part, and the small questions that they answer.
#include "sinew/model_description.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "base/error.h"

namespace sinew {
namespace {

constexpr int kMaxStride = 64;
constexpr int kMaxOutputs = 16;
constexpr int kMaxChannels = 4096;
constexpr int kMaxSideMultiple = 256;
constexpr size_t kMaxNameBytes = 64;

bool IsFinite(const std::array<float, 3>& values) {
  return std::isfinite(values[0]) && std::isfinite(values[1]) && std::isfinite(values[2]);
}

// Text from outside in a message: cut, and without what a terminal would act upon.
std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text.substr(0, kMaxNameBytes)) quoted += c >= ' ' && c <= '~' ? c : '?';
  return quoted + (text.size() > kMaxNameBytes ? "...\"" : "\"");
}

// What may become the name of a column, of a member of JSON, and of a file's part.
Status CheckName(std::string_view name) {
  if (name.empty()) return InvalidArgument("has no name");
  if (name.size() > kMaxNameBytes) return InvalidArgument("a name has at most {} letters", kMaxNameBytes);
  for (const char c : name) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_') continue;
    return InvalidArgument("a name may have lower-case letters, digits and _ only");
  }
  return Status();
}

Status CheckKeypoint(const Skeleton& skeleton, int index) {
  const SkeletonKeypoint& keypoint = skeleton.keypoints[static_cast<size_t>(index)];
  SINEW_RETURN_IF_ERROR(CheckName(keypoint.name));
  if (!(keypoint.oks_sigma >= 0 && keypoint.oks_sigma <= 1)) {
    return InvalidArgument("oks_sigma is {}, must be 0 to 1", keypoint.oks_sigma);
  }
  if (keypoint.mirror != -1) {
    if (keypoint.mirror < 0 || keypoint.mirror >= skeleton.keypoint_count() || keypoint.mirror == index) {
      return InvalidArgument("its mirror is {}, must be another of the {} keypoints, or -1", keypoint.mirror,
                             skeleton.keypoint_count());
    }
    const SkeletonKeypoint& mirror = skeleton.keypoints[static_cast<size_t>(keypoint.mirror)];
    if (mirror.mirror != index) {
      return InvalidArgument("its mirror is keypoint {} {}, whose own mirror is {}", keypoint.mirror,
                             Quoted(mirror.name), mirror.mirror);
    }
  }
  if (keypoint.coco < -1 || keypoint.coco >= kCocoKeypointCount) {
    return InvalidArgument("coco is {}, must be 0 to {}, or -1", keypoint.coco, kCocoKeypointCount - 1);
  }
  return Status();
}

Status CheckLimb(const Skeleton& skeleton, const Limb& limb) {
  for (const int end : {limb.from, limb.to}) {
    if (end < 0 || end >= skeleton.keypoint_count()) {
      return InvalidArgument("it joins keypoint {}, must be 0 to {}", end, skeleton.keypoint_count() - 1);
    }
  }
  if (limb.from == limb.to) return InvalidArgument("it joins keypoint {} to itself", limb.from);
  if (limb.field_x < 0 || limb.field_y < 0 || limb.field_x >= kMaxChannels || limb.field_y >= kMaxChannels) {
    return InvalidArgument("its field lies in channels {} and {}, must be 0 to {}", limb.field_x, limb.field_y,
                           kMaxChannels - 1);
  }
  if (limb.field_x == limb.field_y) {
    return InvalidArgument("x and y of its field lie in the same channel {}", limb.field_x);
  }
  return Status();
}

Status CheckInput(const InputConvention& input) {
  if (input.channel_order != ChannelOrder::kBgr && input.channel_order != ChannelOrder::kRgb) {
    return InvalidArgument("input: the order of channels {} is not known", static_cast<int>(input.channel_order));
  }
  if (!IsFinite(input.mean)) return InvalidArgument("input: a mean is not finite");
  for (const float scale : input.scale) {
    if (!std::isfinite(scale) || scale == 0) return InvalidArgument("input: a scale is {}, must not be 0", scale);
  }
  for (const float padding : input.padding) {
    if (!(padding >= 0 && padding <= 255)) return InvalidArgument("input: a padding is {}, must be 0 to 255", padding);
  }
  if (input.side_multiple < 1 || input.side_multiple > kMaxSideMultiple) {
    return InvalidArgument("input: side_multiple is {}, must be 1 to {}", input.side_multiple, kMaxSideMultiple);
  }
  if (input.side_offset < 0 || input.side_offset >= input.side_multiple) {
    return InvalidArgument("input: side_offset is {}, must be 0 to {}: less than side_multiple", input.side_offset,
                           input.side_multiple - 1);
  }
  return Status();
}

Status CheckRange(std::string_view name, const ChannelRange& range) {
  if (range.output < 0 || range.output >= kMaxOutputs) {
    return InvalidArgument("{}: output {}, must be 0 to {}", name, range.output, kMaxOutputs - 1);
  }
  if (range.first < 0 || range.count < 0 || range.first > kMaxChannels || range.count > kMaxChannels) {
    return InvalidArgument("{}: {} channels from {} on, must lie within {}", name, range.count, range.first,
                           kMaxChannels);
  }
  return Status();
}

bool Overlap(const ChannelRange& a, const ChannelRange& b) {
  return a.output == b.output && a.count > 0 && b.count > 0 && a.first < b.first + b.count &&
         b.first < a.first + a.count;
}

Status CheckHeads(const Heads& heads) {
  for (const HeadRange& each : HeadRanges()) SINEW_RETURN_IF_ERROR(CheckRange(each.name, heads.*each.range));
  if (heads.background < -1 || heads.background >= kMaxChannels) {
    return InvalidArgument("background: channel {}, must be 0 to {}, or -1", heads.background, kMaxChannels - 1);
  }
  const ChannelRange background = {heads.heat_maps.output, heads.background, heads.background == -1 ? 0 : 1};
  for (const HeadRange& each : HeadRanges()) {
    for (const HeadRange& other : HeadRanges()) {
      if (each.range == other.range) break;
      if (!Overlap(heads.*each.range, heads.*other.range)) continue;
      return InvalidArgument("{} and {} share channels of output {}", other.name, each.name,
                             (heads.*each.range).output);
    }
    if (Overlap(heads.*each.range, background)) {
      return InvalidArgument("background: channel {} is one of the {}", heads.background, each.name);
    }
  }
  if (heads.stride < 1 || heads.stride > kMaxStride) {
    return InvalidArgument("stride is {}, must be 1 to {}", heads.stride, kMaxStride);
  }
  if (!(std::fabs(heads.first_cell) <= kMaxStride)) {
    return InvalidArgument("first_cell is {}, must be {} to {}", heads.first_cell, -kMaxStride, kMaxStride);
  }
  if (heads.downsampling != Downsampling::kFixed && heads.downsampling != Downsampling::kSameConvolution) {
    return InvalidArgument("downsampling {} is not known", static_cast<int>(heads.downsampling));
  }
  if (heads.downsampling == Downsampling::kSameConvolution && (heads.stride & (heads.stride - 1)) != 0) {
    return InvalidArgument("stride is {}: convolutions of stride 2 make a power of two", heads.stride);
  }
  return Status();
}

// Channels of every kind that a decoder reads; of the others it must have none.
struct Needed {
  ChannelRange Heads::*range;
  int count;
};

Status CheckCounts(const Heads& heads, DecoderKind decoder, std::span<const Needed> needed) {
  for (const HeadRange& each : HeadRanges()) {
    const auto found = std::ranges::find(needed, each.range, &Needed::range);
    const int count = (heads.*each.range).count, wanted = found == needed.end() ? 0 : found->count;
    if (count == wanted) continue;
    return InvalidArgument("{}: {} channels, {} needs {}", each.name, count, DecoderKindName(decoder), wanted);
  }
  return Status();
}

// Limbs that find people lead to every keypoint, and say two of `channels` channels each.
Status CheckLimbChannels(const Skeleton& skeleton, std::string_view name, int channels) {
  std::vector<bool> is_joined(skeleton.keypoints.size());
  for (size_t i = 0; i < skeleton.limbs.size(); ++i) {
    const Limb& limb = skeleton.limbs[i];
    for (const int channel : {limb.field_x, limb.field_y}) {
      if (channel < channels) continue;
      return InvalidArgument("limb {}: its field lies in channel {}, the {} have {}", i, channel, name, channels);
    }
    if (!limb.in_tree) continue;
    is_joined[static_cast<size_t>(limb.from)] = true;
    is_joined[static_cast<size_t>(limb.to)] = true;
  }
  for (size_t k = 0; k < is_joined.size(); ++k) {
    if (is_joined[k]) continue;
    return InvalidArgument("keypoint {} {} is in no limb: nobody would ever be found to have it", k,
                           Quoted(skeleton.keypoints[k].name));
  }
  return Status();
}

// What the decoder needs of skeleton and heads together.
Status CheckDecoder(const Skeleton& skeleton, const Heads& heads, DecoderKind decoder) {
  const int keypoints = skeleton.keypoint_count();
  if (heads.heat_maps.count != keypoints) {
    return InvalidArgument("heat maps have {} channels, the skeleton has {} keypoints: must be one each",
                           heads.heat_maps.count, keypoints);
  }
  const Needed heat = {&Heads::heat_maps, keypoints}, offsets = {&Heads::offsets, 2 * keypoints};
  switch (decoder) {
    case DecoderKind::kPartAffinityFields:
    case DecoderKind::kTrtPose:
    case DecoderKind::kLightweightOpenPose:
      SINEW_RETURN_IF_ERROR(CheckCounts(heads, decoder, std::array{heat, Needed{&Heads::fields, heads.fields.count}}));
      return CheckLimbChannels(skeleton, "fields", heads.fields.count);
    case DecoderKind::kPoseNet: {
      const int ends = 2 * static_cast<int>(skeleton.limbs.size());
      SINEW_RETURN_IF_ERROR(CheckCounts(heads, decoder,
                                        std::array{heat, offsets, Needed{&Heads::forward_displacements, ends},
                                                   Needed{&Heads::backward_displacements, ends}}));
      return CheckLimbChannels(skeleton, "displacements", ends);
    }
    case DecoderKind::kMoveNet:
      return CheckCounts(
          heads, decoder,
          std::array{heat, offsets, Needed{&Heads::centers, 1}, Needed{&Heads::regression, 2 * keypoints},
                     Needed{&Heads::box_offsets, 2}, Needed{&Heads::box_sizes, 2}});
  }
  return InvalidArgument("decoder {} is not known", static_cast<int>(decoder));
}

}  // namespace

int Skeleton::FindCoco(int coco) const {
  for (int k = 0; k < keypoint_count(); ++k) {
    if (keypoints[static_cast<size_t>(k)].coco == coco) return k;
  }
  return -1;
}

int Skeleton::FindKeypoint(std::string_view keypoint_name) const {
  for (int k = 0; k < keypoint_count(); ++k) {
    if (keypoints[static_cast<size_t>(k)].name == keypoint_name) return k;
  }
  return -1;
}

Status Skeleton::Validate() const {
  if (const Status status = CheckName(name); !status.ok()) return Prefixed("skeleton " + Quoted(name), status);
  if (keypoints.empty() || keypoints.size() > kMaxKeypoints) {
    return InvalidArgument("a skeleton of {} keypoints, must be 1 to {}", keypoints.size(), kMaxKeypoints);
  }
  if (limbs.size() > kMaxLimbs) return InvalidArgument("{} limbs, must be at most {}", limbs.size(), kMaxLimbs);
  std::set<std::string> names;
  std::set<int> coco;
  for (int k = 0; k < keypoint_count(); ++k) {
    const SkeletonKeypoint& keypoint = keypoints[static_cast<size_t>(k)];
    const std::string culprit = fmt::format("keypoint {} {}", k, Quoted(keypoint.name));
    if (const Status status = CheckKeypoint(*this, k); !status.ok()) return Prefixed(culprit, status);
    if (!names.insert(keypoint.name).second) return InvalidArgument("{}: another one has this name", culprit);
    if (keypoint.coco != -1 && !coco.insert(keypoint.coco).second) {
      return InvalidArgument("{}: another one is COCO's keypoint {}", culprit, keypoint.coco);
    }
  }
  if (std::ranges::all_of(keypoints, [](const SkeletonKeypoint& keypoint) { return keypoint.oks_sigma == 0; })) {
    return InvalidArgument("no keypoint has an oks_sigma above 0: people could not be compared");
  }
  std::set<std::pair<int, int>> pairs;
  for (size_t i = 0; i < limbs.size(); ++i) {
    const Limb& limb = limbs[i];
    if (const Status status = CheckLimb(*this, limb); !status.ok()) return Prefixed(fmt::format("limb {}", i), status);
    if (!pairs.insert(std::minmax(limb.from, limb.to)).second) {
      return InvalidArgument("limb {}: another one joins keypoints {} and {}", i, limb.from, limb.to);
    }
  }
  return Status();
}

std::span<const HeadRange> HeadRanges() {
  static constexpr HeadRange kRanges[] = {
      {"heat_maps", &Heads::heat_maps},
      {"fields", &Heads::fields},
      {"offsets", &Heads::offsets},
      {"forward_displacements", &Heads::forward_displacements},
      {"backward_displacements", &Heads::backward_displacements},
      {"centers", &Heads::centers},
      {"regression", &Heads::regression},
      {"box_offsets", &Heads::box_offsets},
      {"box_sizes", &Heads::box_sizes},
  };
  return kRanges;
}

float Heads::FirstCell(int side) const {
  if (downsampling == Downsampling::kFixed) return first_cell;
  int offset = 0;
  for (int step = 1; step < stride; step *= 2) {
    if (side % 2 != 0) offset -= step;
    side = (side + 1) / 2;
  }
  return first_cell + static_cast<float>(offset);
}

std::string_view DecoderKindName(DecoderKind kind) {
  switch (kind) {
    case DecoderKind::kPartAffinityFields:
      return "part affinity fields";
    case DecoderKind::kTrtPose:
      return "trt_pose";
    case DecoderKind::kPoseNet:
      return "PoseNet";
    case DecoderKind::kMoveNet:
      return "MoveNet";
    case DecoderKind::kLightweightOpenPose:
      return "lightweight OpenPose";
  }
  return "";
}

Status ModelDescription::Validate() const {
  SINEW_RETURN_IF_ERROR(skeleton.Validate());
  SINEW_RETURN_IF_ERROR(CheckInput(input));
  SINEW_RETURN_IF_ERROR(CheckHeads(heads));
  return CheckDecoder(skeleton, heads, decoder);
}

}  // namespace sinew
