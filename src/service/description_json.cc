// Member by member there and back. Keypoints are named rather than counted.
#include "service/description_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/printable.h"

namespace sinew::service {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr int kDescriptionVersion = 1;
constexpr const char* kVersionMember = "sinew_description";
constexpr uint64_t kMaxBytes = 1 << 20;

constexpr std::array<std::string_view, kCocoKeypointCount> kCocoNames = {
    "nose",           "left_eye",   "right_eye",   "left_ear",   "right_ear",   "left_shoulder",
    "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip",
    "right_hip",      "left_knee",  "right_knee",  "left_ankle", "right_ankle"};

constexpr std::pair<std::string_view, DecoderKind> kDecoders[] = {
    {"part_affinity_fields", DecoderKind::kPartAffinityFields},
    {"trt_pose", DecoderKind::kTrtPose},
    {"posenet", DecoderKind::kPoseNet},
    {"movenet", DecoderKind::kMoveNet},
    {"lightweight_openpose", DecoderKind::kLightweightOpenPose}};
constexpr std::pair<std::string_view, ChannelOrder> kChannelOrders[] = {{"bgr", ChannelOrder::kBgr},
                                                                        {"rgb", ChannelOrder::kRgb}};
constexpr std::pair<std::string_view, Downsampling> kDownsamplings[] = {
    {"fixed", Downsampling::kFixed}, {"same_convolution", Downsampling::kSameConvolution}};

template <class Table, class Value>
std::string_view NameIn(const Table& table, Value value) {
  return std::ranges::find_if(table, [&](const auto& row) { return row.second == value; })->first;
}

// One object of the document; keeps the first error, and knows which members were asked for.
class Object {
 public:
  Object(const OrderedJson& json, std::string path, Status* status)
      : json_(json), path_(std::move(path)), status_(status) {
    if (!json_.is_object()) Complain("", "must be an object");
  }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  // Whatever was not asked for is unknown.
  ~Object() {
    if (!json_.is_object()) return;
    for (const auto& [key, value] : json_.items()) {
      if (std::ranges::find(known_, key) == known_.end()) {
        Complain(key, fmt::format("is unknown; there are {}", fmt::join(known_, ", ")));
      }
    }
  }

  // Null where there is none.
  const OrderedJson* Find(const char* key) {
    if (std::ranges::find(known_, key) == known_.end()) known_.push_back(key);
    if (!json_.is_object()) return nullptr;
    const auto found = json_.find(key);
    return found == json_.end() ? nullptr : &*found;
  }
  const OrderedJson* Need(const char* key) {
    const OrderedJson* value = Find(key);
    if (value == nullptr) Complain(key, "is missing");
    return value;
  }

  void Complain(std::string_view key, std::string_view what) {
    if (!status_->ok()) return;
    std::string name = path_ + std::string(key);
    if (name.ends_with('.')) name.pop_back();
    *status_ = InvalidArgument("{}: {}", name.empty() ? "the document" : Printable(name), what);
  }

  std::string Text(const char* key) {
    const OrderedJson* value = Need(key);
    return value == nullptr ? "" : AsText(*value, key);
  }
  std::string AsText(const OrderedJson& value, const char* key) {
    if (value.is_string()) return value.get<std::string>();
    Complain(key, "must be a text");
    return "";
  }
  void Number(const char* key, double* value) {
    const OrderedJson* json = Find(key);
    if (json == nullptr) return;
    if (!json->is_number()) return Complain(key, "must be a number");
    *value = json->get<double>();
  }
  void Number(const char* key, float* value) {
    double number = static_cast<double>(*value);
    Number(key, &number);
    *value = static_cast<float>(number);
  }
  void Whole(const char* key, int* value) {
    const OrderedJson* json = Find(key);
    if (json != nullptr) ToWhole(*json, key, value);
  }
  void ToWhole(const OrderedJson& json, const char* key, int* value) {
    constexpr int64_t kMost = 1 << 20;
    if (!json.is_number_integer() || json.get<int64_t>() < -kMost || json.get<int64_t>() > kMost) {
      return Complain(key, "must be a whole number");
    }
    *value = static_cast<int>(json.get<int64_t>());
  }
  void Flag(const char* key, bool* value) {
    const OrderedJson* json = Find(key);
    if (json == nullptr) return;
    if (!json->is_boolean()) return Complain(key, "must be true or false");
    *value = json->get<bool>();
  }
  // One number for all channels, or three.
  void Triple(const char* key, std::array<float, 3>* values) {
    const OrderedJson* json = Find(key);
    if (json == nullptr) return;
    if (json->is_number()) return values->fill(json->get<float>());
    const bool is_triple = json->is_array() && json->size() == 3 &&
                           std::ranges::all_of(*json, [](const OrderedJson& each) { return each.is_number(); });
    if (!is_triple) return Complain(key, "must be a number, or three of them");
    for (size_t i = 0; i < 3; ++i) (*values)[i] = (*json)[i].get<float>();
  }
  template <class Table, class Value>
  void Choice(const char* key, const Table& table, Value* value) {
    const OrderedJson* json = Find(key);
    if (json == nullptr) return;
    const std::string name = AsText(*json, key);
    for (const auto& [known, meaning] : table) {
      if (known == name) {
        *value = meaning;
        return;
      }
    }
    std::vector<std::string_view> names;
    for (const auto& row : table) names.push_back(row.first);
    Complain(key, fmt::format("must be one of {}", fmt::join(names, ", ")));
  }
  template <class Use>
  void Within(const char* key, const OrderedJson& json, const Use& use) {
    Object object(json, path_ + key + ".", status_);
    use(object);
  }
  // Each element of a list of objects.
  template <class Use>
  void ForEach(const char* key, const Use& use) {
    const OrderedJson* list = Need(key);
    if (list == nullptr) return;
    if (!list->is_array()) return Complain(key, "must be a list");
    for (size_t i = 0; i < list->size(); ++i) {
      Object element((*list)[i], fmt::format("{}{}[{}].", path_, key, i), status_);
      use(element);
    }
  }

 private:
  const OrderedJson& json_;
  const std::string path_;
  Status* status_;
  std::vector<std::string> known_;
};

// "#ff8000".
void ReadColor(Object& object, Rgb* color) {
  const OrderedJson* json = object.Find("color");
  if (json == nullptr) return;
  const std::string text = object.AsText(*json, "color");
  unsigned value = 0;
  const bool has_form = text.size() == 7 && text[0] == '#';
  const char* const last = text.data() + text.size();
  const auto parsed = has_form ? std::from_chars(text.data() + 1, last, value, 16)
                               : std::from_chars_result{last, std::errc::invalid_argument};
  if (parsed.ec != std::errc() || parsed.ptr != last) {
    return object.Complain("color", "must be of the form \"#rrggbb\"");
  }
  *color = {static_cast<uint8_t>(value >> 16), static_cast<uint8_t>(value >> 8 & 0xff),
            static_cast<uint8_t>(value & 0xff)};
}

// The index of the keypoint that `key` names; -1 where it names none.
int ReadKeypoint(Object& object, const char* key, const Skeleton& skeleton, bool is_needed) {
  const OrderedJson* json = is_needed ? object.Need(key) : object.Find(key);
  if (json == nullptr) return -1;
  const std::string name = object.AsText(*json, key);
  const int index = skeleton.FindKeypoint(name);
  if (index < 0) object.Complain(key, fmt::format("no keypoint is called \"{}\"", Printable(name)));
  return index;
}

void ReadCoco(Object& object, SkeletonKeypoint* keypoint) {
  const OrderedJson* json = object.Find("coco");
  if (json == nullptr) return;
  const std::string name = object.AsText(*json, "coco");
  const auto found = std::ranges::find(kCocoNames, name);
  if (found == kCocoNames.end()) {
    return object.Complain("coco", fmt::format("COCO has no such keypoint; it has {}", fmt::join(kCocoNames, ", ")));
  }
  keypoint->coco = static_cast<int>(found - kCocoNames.begin());
}

void ReadSkeleton(Object& object, Skeleton* skeleton) {
  skeleton->name = object.Text("name");
  object.ForEach("keypoints", [&](Object& each) {
    SkeletonKeypoint& keypoint = skeleton->keypoints.emplace_back();
    keypoint.name = each.Text("name");
    keypoint.color = {255, 255, 255};
    ReadColor(each, &keypoint.color);
    each.Number("oks_sigma", &keypoint.oks_sigma);
    ReadCoco(each, &keypoint);
    each.Find("mirror");  // below: it may name a later one
  });
  size_t index = 0;
  object.ForEach("keypoints", [&](Object& each) {
    const int mirror = ReadKeypoint(each, "mirror", *skeleton, false);
    for (const char* key : {"name", "color", "oks_sigma", "coco"}) each.Find(key);
    skeleton->keypoints[index++].mirror = mirror;
  });
  object.ForEach("limbs", [&](Object& each) {
    Limb& limb = skeleton->limbs.emplace_back();
    limb.from = ReadKeypoint(each, "from", *skeleton, true);
    limb.to = ReadKeypoint(each, "to", *skeleton, true);
    // Two channels after another, limb by limb, unless it says otherwise.
    limb.field_x = 2 * (static_cast<int>(skeleton->limbs.size()) - 1);
    limb.field_y = limb.field_x + 1;
    if (const OrderedJson* field = each.Find("field"); field != nullptr) {
      if (!field->is_array() || field->size() != 2) return each.Complain("field", "must be two channels: [x, y]");
      each.ToWhole((*field)[0], "field", &limb.field_x);
      each.ToWhole((*field)[1], "field", &limb.field_y);
    }
    each.Flag("finds_people", &limb.in_tree);
  });
}

void ReadInput(Object& object, InputConvention* input) {
  object.Choice("channels", kChannelOrders, &input->channel_order);
  object.Triple("mean", &input->mean);
  object.Triple("scale", &input->scale);
  object.Triple("padding", &input->padding);
  object.Whole("side_multiple", &input->side_multiple);
  object.Whole("side_offset", &input->side_offset);
}

void ReadRange(Object& object, const char* key, ChannelRange* range) {
  const OrderedJson* json = object.Find(key);
  if (json == nullptr) return;
  object.Within(key, *json, [&](Object& within) {
    within.Whole("output", &range->output);
    within.Whole("first", &range->first);
    within.Whole("count", &range->count);
  });
}

void ReadOutputs(Object& object, const Skeleton& skeleton, DecoderKind decoder, Heads* heads) {
  // Heat maps first, then the background, then fields, in one output: as OpenPose has it.
  heads->heat_maps = {0, 0, skeleton.keypoint_count()};
  ReadRange(object, "heat_maps", &heads->heat_maps);
  if (const OrderedJson* background = object.Find("background"); background != nullptr && !background->is_null()) {
    object.ToWhole(*background, "background", &heads->background);
  }
  if (decoder == DecoderKind::kPartAffinityFields || decoder == DecoderKind::kTrtPose ||
      decoder == DecoderKind::kLightweightOpenPose) {
    heads->fields = {0, heads->heat_maps.count + (heads->background == -1 ? 0 : 1),
                     2 * static_cast<int>(skeleton.limbs.size())};
  }
  for (const HeadRange& each : HeadRanges()) {
    if (each.range != &Heads::heat_maps) ReadRange(object, each.name, &(heads->*each.range));
  }
  object.Whole("stride", &heads->stride);
  object.Number("first_cell", &heads->first_cell);
  object.Choice("downsampling", kDownsamplings, &heads->downsampling);
}

// Numbers as people write them: 0.1 rather than the float's 0.10000000149011612.
OrderedJson Short(float value) { return OrderedJson::parse(fmt::format("{}", value)); }

OrderedJson Short(const std::array<float, 3>& values) {
  if (values[0] == values[1] && values[1] == values[2]) return Short(values[0]);
  return {Short(values[0]), Short(values[1]), Short(values[2])};
}

OrderedJson ToJson(const ChannelRange& range) {
  return {{"output", range.output}, {"first", range.first}, {"count", range.count}};
}

OrderedJson ToJson(const Skeleton& skeleton) {
  OrderedJson keypoints = OrderedJson::array(), limbs = OrderedJson::array();
  for (const SkeletonKeypoint& keypoint : skeleton.keypoints) {
    OrderedJson json = {
        {"name", keypoint.name},
        {"color", fmt::format("#{:02x}{:02x}{:02x}", keypoint.color.r, keypoint.color.g, keypoint.color.b)},
        {"oks_sigma", keypoint.oks_sigma}};
    if (keypoint.mirror != -1) json["mirror"] = skeleton.keypoints[static_cast<size_t>(keypoint.mirror)].name;
    if (keypoint.coco != -1) json["coco"] = kCocoNames[static_cast<size_t>(keypoint.coco)];
    keypoints.push_back(std::move(json));
  }
  for (const Limb& limb : skeleton.limbs) {
    OrderedJson json = {{"from", skeleton.keypoints[static_cast<size_t>(limb.from)].name},
                        {"to", skeleton.keypoints[static_cast<size_t>(limb.to)].name},
                        {"field", {limb.field_x, limb.field_y}}};
    if (!limb.in_tree) json["finds_people"] = false;
    limbs.push_back(std::move(json));
  }
  return {{"name", skeleton.name}, {"keypoints", keypoints}, {"limbs", limbs}};
}

}  // namespace

Result<ModelDescription> ParseModelDescription(std::string_view text) {
  constexpr int kMaxDepth = 16;
  const auto limit_depth = [](int depth, OrderedJson::parse_event_t, OrderedJson&) { return depth <= kMaxDepth; };
  const OrderedJson json = OrderedJson::parse(text, limit_depth, /*allow_exceptions=*/false);
  if (json.is_discarded()) return InvalidArgument("not valid JSON");
  ModelDescription description;
  Status status;
  {
    Object document(json, "", &status);
    int version = 0;
    if (const OrderedJson* value = document.Need(kVersionMember)) document.ToWhole(*value, kVersionMember, &version);
    if (version != kDescriptionVersion)
      document.Complain(kVersionMember, fmt::format("must be {}", kDescriptionVersion));
    if (const OrderedJson* skeleton = document.Need("skeleton")) {
      document.Within("skeleton", *skeleton, [&](Object& object) { ReadSkeleton(object, &description.skeleton); });
    }
    if (const OrderedJson* input = document.Find("input")) {
      document.Within("input", *input, [&](Object& object) { ReadInput(object, &description.input); });
    }
    const OrderedJson nothing = OrderedJson::object();
    const OrderedJson* outputs = document.Find("outputs");
    document.Choice("decoder", kDecoders, &description.decoder);
    document.Within("outputs", outputs == nullptr ? nothing : *outputs, [&](Object& object) {
      ReadOutputs(object, description.skeleton, description.decoder, &description.heads);
    });
  }
  SINEW_RETURN_IF_ERROR(status);
  SINEW_RETURN_IF_ERROR(description.Validate());
  return description;
}

Result<ModelDescription> ReadModelDescription(const std::filesystem::path& path) {
  SINEW_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxBytes));
  Result<ModelDescription> description = ParseModelDescription(text);
  if (!description.ok()) return Prefixed(path.string(), description.status());
  return description;
}

std::string ToJson(const ModelDescription& description) {
  const InputConvention& input = description.input;
  const Heads& heads = description.heads;
  OrderedJson outputs = {{"background", heads.background == -1 ? OrderedJson() : OrderedJson(heads.background)},
                         {"stride", heads.stride},
                         {"first_cell", Short(heads.first_cell)},
                         {"downsampling", NameIn(kDownsamplings, heads.downsampling)}};
  for (const HeadRange& each : HeadRanges()) {
    const ChannelRange& range = heads.*each.range;
    if (range.count > 0 || each.range == &Heads::fields) outputs[each.name] = ToJson(range);
  }
  const OrderedJson json = {{kVersionMember, kDescriptionVersion},
                            {"skeleton", ToJson(description.skeleton)},
                            {"input",
                             {{"channels", NameIn(kChannelOrders, input.channel_order)},
                              {"mean", Short(input.mean)},
                              {"scale", Short(input.scale)},
                              {"padding", Short(input.padding)},
                              {"side_multiple", input.side_multiple},
                              {"side_offset", input.side_offset}}},
                            {"outputs", outputs},
                            {"decoder", NameIn(kDecoders, description.decoder)}};
  return json.dump(2) + "\n";
}

}  // namespace sinew::service
