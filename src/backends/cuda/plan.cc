// Layouts, places, steps, lanes, memory: in this order, each from what came before.
#include "backends/cuda/plan.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"
#include "base/error.h"

namespace sinew::cuda {
namespace {

constexpr size_t kAlignment = 1024;  // of buffers: more than any kernel asks for
constexpr int kMaxBatch = 4096;

size_t RoundUp(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

// The stored range of channels [first, first + count) where it can be read in place: both ends lie on multiples of
// kChannelMultiple or at a segment's end. Empty where not.
Layout SliceInPlace(const Layout& layout, int first, int count, int* stored_first) {
  Layout part;
  int begin = 0;  // of the segment, in channels
  for (const Segment& segment : layout) {
    const int end = begin + segment.channels;
    const int from = std::max(first, begin), to = std::min(first + count, end);
    if (from < to) {
      const int skipped = from - begin;
      if (skipped % kChannelMultiple != 0 || (to != end && (to - begin) % kChannelMultiple != 0)) return {};
      if (part.empty()) *stored_first = segment.at + skipped;
      part.push_back({to - from, segment.at + skipped - *stored_first});
    }
    begin = end;
  }
  return part;
}

class Planner {
 public:
  Planner(const Network& network, const PlanOptions& options)
      : network_(network),
        options_(options),
        value_count_(network.values.size()),
        layouts_(value_count_),
        places_(value_count_),
        producers_(value_count_),
        in_concat_(value_count_, false),
        alias_first_(value_count_, -1) {
    plan_.precision = options.precision;
    plan_.batch = options.batch;
  }

  Result<Plan> Run() {
    if (options_.batch < 1 || options_.batch > kMaxBatch)
      return InvalidArgument("a batch of {}: 1 to {} pictures", options_.batch, kMaxBatch);
    if (options_.max_lanes < 1) return InvalidArgument("{} lanes: at least 1", options_.max_lanes);
    ChooseLayouts();
    SINEW_RETURN_IF_ERROR(PlaceValues());
    SINEW_RETURN_IF_ERROR(EmitSteps());
    AssignLanes();
    CountAlike();
    PlaceBuffers();
    return std::move(plan_);
  }

 private:
  static size_t U(int i) { return static_cast<size_t>(i); }

  void ChooseLayouts() {
    layouts_[0] = DenseLayout(network_.values[0].channels);
    for (const Operation& operation : network_.operations) {
      Layout& layout = layouts_[U(operation.output)];
      const Layout& first = layouts_[U(operation.inputs[0])];
      const int channels = network_.values[U(operation.output)].channels;
      if (std::holds_alternative<Conv>(operation.what)) {
        layout = DenseLayout(channels);
      } else if (std::holds_alternative<Concat>(operation.what)) {
        int at = 0;
        for (const ValueId input : operation.inputs) {
          for (const Segment& segment : layouts_[U(input)]) layout.push_back({segment.channels, at + segment.at});
          at += StoredChannels(layouts_[U(input)]);
        }
      } else if (const Slice* slice = std::get_if<Slice>(&operation.what)) {
        int stored_first = 0;
        layout = SliceInPlace(first, slice->first, channels, &stored_first);
        if (layout.empty()) {
          layout = DenseLayout(channels);
        } else {
          alias_first_[U(operation.output)] = stored_first;
        }
      } else {
        layout = first;
      }
    }
  }

  bool IsAlias(ValueId value) const { return alias_first_[U(value)] >= 0; }

  Result<int> AddBuffer(Buffer::Kind kind, const Shape& shape, DataType type, int stored_channels) {
    Buffer buffer{
        .kind = kind, .type = type, .height = shape.height, .width = shape.width, .pixel_stride = stored_channels};
    const int64_t elements =
        static_cast<int64_t>(shape.height) * shape.width * stored_channels;  // below 2^31: Network::Check
    buffer.bytes = U(plan_.batch) * static_cast<size_t>(elements) * SizeOf(type);
    plan_.buffers.push_back(buffer);
    return static_cast<int>(plan_.buffers.size()) - 1;
  }

  // Backwards, so that a concatenation inside another knows where it is before its own parts are placed.
  Status PlaceValues() {
    const DataType storage = StorageOf(options_.precision);
    const auto place_alone = [&](ValueId value) -> Status {
      const int stored = StoredChannels(layouts_[U(value)]);
      SINEW_ASSIGN_OR_RETURN(const int buffer,
                             AddBuffer(Buffer::Kind::kArena, network_.values[U(value)], storage, stored));
      places_[U(value)] = {buffer, 0, stored};
      return Status();
    };
    std::vector<const Operation*> sources(value_count_, nullptr);
    for (const Operation& operation : network_.operations) sources[U(operation.output)] = &operation;

    for (auto it = network_.operations.rbegin(); it != network_.operations.rend(); ++it) {
      const Operation& operation = *it;
      if (IsAlias(operation.output)) continue;
      Place& place = places_[U(operation.output)];
      if (place.buffer < 0) SINEW_RETURN_IF_ERROR(place_alone(operation.output));
      if (!std::holds_alternative<Concat>(operation.what)) continue;
      int at = place.first;
      for (const ValueId part : operation.inputs) {
        const int stored = StoredChannels(layouts_[U(part)]);
        if (part != 0 && !IsAlias(part) && places_[U(part)].buffer < 0) {
          places_[U(part)] = {place.buffer, at, stored};
          in_concat_[U(part)] = true;
        }
        at += stored;
      }
    }
    SINEW_RETURN_IF_ERROR(place_alone(0));
    for (const Operation& operation : network_.operations) {
      if (!IsAlias(operation.output)) continue;
      const Place& source = places_[U(operation.inputs[0])];
      places_[U(operation.output)] = {source.buffer, source.first + alias_first_[U(operation.output)],
                                      StoredChannels(layouts_[U(operation.output)])};
    }
    return Status();
  }

  int Emit(Step step, std::vector<int> needs) {
    std::sort(needs.begin(), needs.end());
    needs.erase(std::unique(needs.begin(), needs.end()), needs.end());
    needs_.push_back(std::move(needs));
    plan_.steps.push_back(std::move(step));
    return static_cast<int>(plan_.steps.size()) - 1;
  }

  // A copy of `from`, whose channels lie as `layout` says, to a place with channels as `to_layout` says.
  static Step MakeCopy(std::string name, const Place& from, const Layout& layout, const Place& to,
                       const std::vector<int32_t>& to_channels) {
    Step step{.kind = StepKind::kCopy, .name = std::move(name), .inputs = {from}, .output = to, .in_layout = layout};
    std::vector<int32_t> stored_at;  // by channel
    for (const Segment& segment : layout) {
      for (int c = 0; c < segment.channels; ++c) stored_at.push_back(segment.at + c);
    }
    for (const int32_t channel : to_channels) step.source.push_back(channel < 0 ? -1 : stored_at[U(channel)]);
    return step;
  }

  Status EmitSteps() {
    const Shape& input = network_.values[0];
    SINEW_ASSIGN_OR_RETURN(plan_.input_buffer,
                           AddBuffer(Buffer::Kind::kInput, input, DataType::kFloat32, input.channels));
    Step convert = MakeCopy("input", {plan_.input_buffer, 0, input.channels}, {{input.channels, 0}}, places_[0],
                            ChannelMap(layouts_[0]));
    producers_[0] = {Emit(std::move(convert), {})};
    for (size_t i = 0; i < network_.operations.size(); ++i) SINEW_RETURN_IF_ERROR(EmitOperation(static_cast<int>(i)));
    for (size_t i = 0; i < network_.outputs.size(); ++i) {
      const NetworkOutput& output = network_.outputs[i];
      const Shape& shape = network_.values[U(output.value)];
      SINEW_ASSIGN_OR_RETURN(const int buffer,
                             AddBuffer(Buffer::Kind::kOutput, shape, DataType::kFloat32, shape.channels));
      plan_.buffers[U(buffer)].output = static_cast<int>(i);
      plan_.output_buffers.push_back(buffer);
      std::vector<int32_t> channels(U(shape.channels));
      std::iota(channels.begin(), channels.end(), 0);
      Emit(MakeCopy("output " + output.name, places_[U(output.value)], layouts_[U(output.value)],
                    {buffer, 0, shape.channels}, channels),
           producers_[U(output.value)]);
    }
    return Status();
  }

  Status EmitOperation(int index) {
    const Operation& operation = network_.operations[U(index)];
    const ValueId out = operation.output;
    if (std::holds_alternative<Concat>(operation.what)) return EmitConcat(operation);
    if (IsAlias(out)) {
      producers_[U(out)] = producers_[U(operation.inputs[0])];
      return Status();
    }
    const ValueId in = operation.inputs[0];
    Step step;
    if (std::holds_alternative<Slice>(operation.what) || std::holds_alternative<Pad>(operation.what)) {
      std::vector<int32_t> channels = ChannelMap(layouts_[U(out)]);
      if (const Slice* slice = std::get_if<Slice>(&operation.what)) {
        for (int32_t& channel : channels) channel = channel < 0 ? -1 : channel + slice->first;
      }
      step = MakeCopy(operation.name, places_[U(in)], layouts_[U(in)], places_[U(out)], channels);
      if (const Pad* pad = std::get_if<Pad>(&operation.what)) {
        step.pad_top = pad->top;
        step.pad_left = pad->left;
      }
      step.operation = index;
      producers_[U(out)] = {Emit(std::move(step), producers_[U(in)])};
      return Status();
    }
    step.name = operation.name;
    step.operation = index;
    step.kind = KindOf(operation.what);
    step.inputs = {places_[U(in)]};
    step.output = places_[U(out)];
    step.in_layout = layouts_[U(in)];
    step.out_layout = layouts_[U(out)];
    std::vector<int> needs = producers_[U(in)];
    if (const Conv* conv = std::get_if<Conv>(&operation.what)) {
      step.problem = ProblemOf(*conv, in, out);
    } else if (std::holds_alternative<Add>(operation.what)) {
      SINEW_RETURN_IF_ERROR(AddSecondInput(operation, &step, &needs));
    }
    producers_[U(out)] = {Emit(std::move(step), std::move(needs))};
    return Status();
  }

  static StepKind KindOf(const What& what) {
    if (std::holds_alternative<Conv>(what)) return StepKind::kConv;
    if (std::holds_alternative<Depthwise>(what)) return StepKind::kDepthwise;
    if (std::holds_alternative<Pool>(what)) return StepKind::kPool;
    if (std::holds_alternative<Resize>(what)) return StepKind::kResize;
    if (std::holds_alternative<Normalize>(what)) return StepKind::kNormalize;
    if (std::holds_alternative<Add>(what)) return StepKind::kAdd;
    SINEW_CHECK(std::holds_alternative<ScaleShift>(what));
    return StepKind::kScaleShift;
  }

  ConvProblem ProblemOf(const Conv& conv, ValueId in, ValueId out) const {
    const Shape &from = network_.values[U(in)], &to = network_.values[U(out)];
    const Place &in_place = places_[U(in)], &out_place = places_[U(out)];
    return {.precision = options_.precision,
            .batch = options_.batch,
            .in_h = from.height,
            .in_w = from.width,
            .in_c = in_place.channels,
            .out_h = to.height,
            .out_w = to.width,
            .out_k = out_place.channels,
            .window = conv.window,
            .activation = conv.activation,
            .in_pixel_stride = plan_.buffers[U(in_place.buffer)].pixel_stride,
            .out_pixel_stride = plan_.buffers[U(out_place.buffer)].pixel_stride};
  }

  // The sum's channels lie as the first input's do; a second one that differs is copied into that layout.
  Status AddSecondInput(const Operation& operation, Step* step, std::vector<int>* needs) {
    const ValueId second = operation.inputs[1];
    Place place = places_[U(second)];
    std::vector<int> made = producers_[U(second)];
    if (layouts_[U(second)] != step->in_layout) {
      const int stored = StoredChannels(step->in_layout);
      SINEW_ASSIGN_OR_RETURN(const int buffer, AddBuffer(Buffer::Kind::kArena, network_.values[U(second)],
                                                         StorageOf(options_.precision), stored));
      const Place to = {buffer, 0, stored};
      made = {Emit(
          MakeCopy(operation.name + " (second input)", place, layouts_[U(second)], to, ChannelMap(step->in_layout)),
          made)};
      place = to;
    }
    step->inputs.push_back(place);
    needs->insert(needs->end(), made.begin(), made.end());
    return Status();
  }

  Status EmitConcat(const Operation& operation) {
    const Place& whole = places_[U(operation.output)];
    std::vector<int>& made = producers_[U(operation.output)];
    int at = whole.first;
    for (const ValueId part : operation.inputs) {
      const Place& place = places_[U(part)];
      const int stored = StoredChannels(layouts_[U(part)]);
      if (place.buffer == whole.buffer && place.first == at) {
        made.insert(made.end(), producers_[U(part)].begin(), producers_[U(part)].end());
      } else {
        const Place to = {whole.buffer, at, stored};
        const Layout& layout = layouts_[U(part)];
        made.push_back(Emit(MakeCopy(operation.name, place, layout, to, ChannelMap(layout)), producers_[U(part)]));
      }
      at += stored;
    }
    return Status();
  }

  // --- Lanes ---

  bool HappensBefore(int a, int b) const { return a != b && before_[U(b)][U(a)]; }

  void AssignLanes() {
    const size_t count = plan_.steps.size();
    before_.assign(count, std::vector<bool>(count, false));
    std::vector<int> last;  // step of each lane
    for (size_t s = 0; s < count; ++s) {
      const std::vector<int>& needs = needs_[s];
      std::vector<bool>& before = before_[s];
      const auto add = [&](int step) {
        before[U(step)] = true;
        for (size_t i = 0; i < count; ++i) {
          if (before_[U(step)][i]) before[i] = true;
        }
      };
      for (const int need : needs) add(need);
      const int lane = ChooseLane(needs, before, &last);
      if (last[U(lane)] >= 0 && last[U(lane)] != static_cast<int>(s)) add(last[U(lane)]);
      Step& step = plan_.steps[s];
      step.lane = lane;
      for (const int need : needs) {
        if (plan_.steps[U(need)].lane == lane) continue;
        // Another need, or the step before on this lane, that comes after it makes waiting for it unnecessary.
        const bool implied =
            std::any_of(needs.begin(), needs.end(), [&](int other) { return HappensBefore(need, other); }) ||
            (last[U(lane)] >= 0 && HappensBefore(need, last[U(lane)]));
        if (!implied) step.waits.push_back(need);
      }
      last[U(lane)] = static_cast<int>(s);
    }
    plan_.lanes = static_cast<int>(last.size());
  }

  // Where the step follows what it needs; else on a lane that has nothing which it would not wait for anyway; else on a
  // new one; else on the one that has been idle longest.
  int ChooseLane(const std::vector<int>& needs, const std::vector<bool>& before, std::vector<int>* last) const {
    int best = -1;
    for (size_t lane = 0; lane < last->size(); ++lane) {
      const int step = (*last)[lane];
      if (std::find(needs.begin(), needs.end(), step) != needs.end() && (best < 0 || step > (*last)[U(best)]))
        best = static_cast<int>(lane);
    }
    if (best >= 0) return best;
    for (size_t lane = 0; lane < last->size(); ++lane) {
      const int step = (*last)[lane];
      if (before[U(step)] && (best < 0 || step > (*last)[U(best)])) best = static_cast<int>(lane);
    }
    if (best >= 0) return best;
    if (static_cast<int>(last->size()) < options_.max_lanes) {
      last->push_back(-1);
      return static_cast<int>(last->size()) - 1;
    }
    return static_cast<int>(std::min_element(last->begin(), last->end()) - last->begin());
  }

  void CountAlike() {
    for (size_t a = 0; a < plan_.steps.size(); ++a) {
      Step& step = plan_.steps[a];
      if (step.kind != StepKind::kConv) continue;
      std::vector<bool> lanes(U(plan_.lanes), false);
      for (size_t b = 0; b < plan_.steps.size(); ++b) {
        const Step& other = plan_.steps[b];
        if (a == b || other.kind != StepKind::kConv || !(other.problem == step.problem)) continue;
        if (!HappensBefore(static_cast<int>(a), static_cast<int>(b)) &&
            !HappensBefore(static_cast<int>(b), static_cast<int>(a))) {
          lanes[U(other.lane)] = true;
        }
      }
      step.alike = 1 + static_cast<int>(std::count(lanes.begin(), lanes.end(), true));
    }
  }

  // --- Memory ---

  void PlaceBuffers() {
    const size_t count = plan_.buffers.size();
    std::vector<std::vector<int>> users(count), writers(count);
    for (size_t s = 0; s < plan_.steps.size(); ++s) {
      const Step& step = plan_.steps[s];
      for (const Place& input : step.inputs) users[U(input.buffer)].push_back(static_cast<int>(s));
      users[U(step.output.buffer)].push_back(static_cast<int>(s));
      writers[U(step.output.buffer)].push_back(static_cast<int>(s));
    }
    const auto all_before = [&](size_t a, size_t b) {
      for (const int user : users[a]) {
        for (const int writer : writers[b]) {
          if (!HappensBefore(user, writer)) return false;
        }
      }
      return true;
    };
    std::vector<size_t> order;
    for (size_t i = 0; i < count; ++i) {
      if (plan_.buffers[i].kind != Buffer::Kind::kArena) continue;
      plan_.arena_bytes_without_reuse += RoundUp(plan_.buffers[i].bytes);
      if (!users[i].empty()) order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return plan_.buffers[a].bytes > plan_.buffers[b].bytes; });
    std::vector<size_t> placed;
    for (const size_t i : order) {
      Buffer& buffer = plan_.buffers[i];
      std::vector<std::pair<size_t, size_t>> taken;  // ranges of those that live at the same time
      for (const size_t other : placed) {
        if (all_before(i, other) || all_before(other, i)) continue;
        taken.push_back(
            {plan_.buffers[other].offset, plan_.buffers[other].offset + RoundUp(plan_.buffers[other].bytes)});
      }
      std::sort(taken.begin(), taken.end());
      size_t offset = 0;
      for (const auto& [begin, end] : taken) {
        if (offset + RoundUp(buffer.bytes) <= begin) break;
        offset = std::max(offset, end);
      }
      buffer.offset = offset;
      plan_.arena_bytes = std::max(plan_.arena_bytes, offset + RoundUp(buffer.bytes));
      placed.push_back(i);
    }
  }

  const Network& network_;
  const PlanOptions& options_;
  const size_t value_count_;
  std::vector<Layout> layouts_;
  std::vector<Place> places_;
  std::vector<std::vector<int>> producers_;  // steps that write a value
  std::vector<bool> in_concat_;
  std::vector<int> alias_first_;           // of slices in place: stored channel of the source; else -1
  std::vector<std::vector<int>> needs_;    // by step: those that make its inputs
  std::vector<std::vector<bool>> before_;  // [b][a]: a happens before b
  Plan plan_;
};

}  // namespace

const char* StepKindName(StepKind kind) {
  constexpr const char* kNames[] = {"conv", "depthwise", "pool", "resize", "normalize", "add", "scale_shift", "copy"};
  return kNames[static_cast<size_t>(kind)];
}

int StoredChannels(const Layout& layout) {
  int end = 0;
  for (const Segment& segment : layout) end = std::max(end, segment.at + PaddedChannels(segment.channels));
  return end;
}

Layout DenseLayout(int channels) { return {{channels, 0}}; }

std::vector<int32_t> ChannelMap(const Layout& layout) {
  std::vector<int32_t> map(static_cast<size_t>(StoredChannels(layout)), -1);
  int32_t channel = 0;
  for (const Segment& segment : layout) {
    for (int c = 0; c < segment.channels; ++c) map[static_cast<size_t>(segment.at + c)] = channel++;
  }
  return map;
}

View Plan::ViewOf(const Place& place) const {
  const Buffer& buffer = buffers[static_cast<size_t>(place.buffer)];
  return {nullptr, buffer.type, batch, buffer.height, buffer.width, place.channels, buffer.pixel_stride};
}

Result<Plan> MakePlan(const Network& network, const PlanOptions& options) { return Planner(network, options).Run(); }

std::vector<float> StoredKernel(const Conv& conv, const Layout& in, const Layout& out) {
  const std::vector<int32_t> in_map = ChannelMap(in), out_map = ChannelMap(out);
  const size_t taps = static_cast<size_t>(conv.window.kernel_h) * static_cast<size_t>(conv.window.kernel_w);
  const int32_t channels = 1 + *std::max_element(in_map.begin(), in_map.end()),
                results = 1 + *std::max_element(out_map.begin(), out_map.end());
  const int32_t group_in = channels / conv.groups, group_out = results / conv.groups;
  std::vector<float> stored(out_map.size() * taps * in_map.size(), 0.0f);
  float* to = stored.data();
  for (const int32_t k : out_map) {
    for (size_t tap = 0; tap < taps; ++tap) {
      for (const int32_t c : in_map) {
        if (k >= 0 && c >= 0 && k / group_out == c / group_in) {
          *to = conv.kernel[(tap * static_cast<size_t>(group_in) + static_cast<size_t>(c % group_in)) *
                                static_cast<size_t>(results) +
                            static_cast<size_t>(k)];
        }
        ++to;
      }
    }
  }
  return stored;
}

std::vector<float> StoredKernel(const Depthwise& depthwise, const Layout& layout) {
  const std::vector<int32_t> map = ChannelMap(layout);
  const size_t taps = static_cast<size_t>(depthwise.window.kernel_h) * static_cast<size_t>(depthwise.window.kernel_w);
  const size_t channels = depthwise.kernel.size() / taps;
  std::vector<float> stored;
  for (size_t tap = 0; tap < taps; ++tap) {
    for (const int32_t c : map)
      stored.push_back(c < 0 ? 0.0f : depthwise.kernel[tap * channels + static_cast<size_t>(c)]);
  }
  return stored;
}

std::vector<float> StoredChannelValues(Floats values, const Layout& layout, float padding) {
  std::vector<float> stored;
  for (const int32_t c : ChannelMap(layout)) stored.push_back(c < 0 ? padding : values[static_cast<size_t>(c)]);
  return stored;
}

}  // namespace sinew::cuda
