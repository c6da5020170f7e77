// The placement described in place.h.
#include "compiler/plan/place.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace sinew::plan {
namespace {

using ir::NodeId;
using ir::OpKind;

constexpr int32_t kForever = std::numeric_limits<int32_t>::max();

class Placer {
 public:
  Placer(const ir::Graph& graph, const LoweredGraph& lowered)
      : graph_(graph),
        lowered_(lowered),
        first_write_(static_cast<size_t>(graph.size()), 0),
        last_read_(static_cast<size_t>(graph.size()), -1),
        readers_(static_cast<size_t>(graph.size()), 0),
        holder_(static_cast<size_t>(graph.size()), -1) {
    result_.locations.resize(static_cast<size_t>(graph.size()));
  }

  Placement Run() {
    MeasureLifetimes();
    for (NodeId id = graph_.size() - 1; id >= 0; --id) {
      if (IsLiveConcat(id)) PlaceConcat(id);
    }
    for (auto op = lowered_.operations.rbegin(); op != lowered_.operations.rend(); ++op) {
      if (!HasLocation(op->node)) NewBuffer(op->node);
      if (op->in_place) PlaceInPlace(*op);
    }
    if (graph_.input() >= 0 && !HasLocation(graph_.input())) NewBuffer(graph_.input());
    ResolveAliases();
    std::reverse(result_.copies.begin(), result_.copies.end());
    return std::move(result_);
  }

 private:
  // A stretch of channels of a buffer that holds something from its first write to its last read.
  struct Tenant {
    NodeId value;
    int64_t first_channel, last_channel;  // [first, last)
    int32_t begin, end;
  };

  int64_t Channels(NodeId id) const { return graph_.node(id).shape[3]; }
  program::DataType Type(NodeId id) const {
    return lowered_.types.empty() ? program::DataType::F32 : lowered_.types[static_cast<size_t>(id)];
  }
  bool IsAlias(NodeId id) const { return lowered_.aliases[static_cast<size_t>(id)].source >= 0; }
  Location& LocationFor(NodeId id) { return result_.locations[static_cast<size_t>(id)]; }
  bool HasLocation(NodeId id) { return LocationFor(id).buffer >= 0; }
  int32_t Begin(NodeId id) const { return first_write_[static_cast<size_t>(id)]; }
  int32_t End(NodeId id) const { return last_read_[static_cast<size_t>(id)]; }
  bool IsLiveConcat(NodeId id) const { return graph_.node(id).op == OpKind::kConcat && End(id) >= 0; }

  void Read(NodeId id, int32_t time) {
    last_read_[static_cast<size_t>(id)] = std::max(last_read_[static_cast<size_t>(id)], time);
  }

  // Times of first writes and last reads, as if every concatenation were made without copies: reading a concatenation
  // reads its operands, reading an alias reads its source.
  void MeasureLifetimes() {
    for (const Operation& op : lowered_.operations) {
      first_write_[static_cast<size_t>(op.node)] = op.node;
      for (const NodeId input : op.inputs) {
        Read(input, op.node);
        ++readers_[static_cast<size_t>(input)];
      }
    }
    if (graph_.input() >= 0) first_write_[static_cast<size_t>(graph_.input())] = -1;
    for (const ir::Output& output : graph_.outputs()) {
      Read(output.node, kForever);
      ++readers_[static_cast<size_t>(output.node)];
    }
    for (NodeId id = graph_.size() - 1; id >= 0; --id) {
      if (End(id) < 0) continue;
      if (IsAlias(id)) {
        const NodeId source = lowered_.aliases[static_cast<size_t>(id)].source;
        Read(source, End(id));
        readers_[static_cast<size_t>(source)] += 2;  // never alone: an alias is not written in place
      } else if (graph_.node(id).op == OpKind::kConcat) {
        for (const NodeId input : graph_.node(id).inputs) {
          Read(input, std::max(End(id), static_cast<int32_t>(id)));
          ++readers_[static_cast<size_t>(input)];
        }
      }
    }
    for (NodeId id = 0; id < graph_.size(); ++id) {
      const ir::Node& node = graph_.node(id);
      if (IsAlias(id)) {
        first_write_[static_cast<size_t>(id)] = Begin(lowered_.aliases[static_cast<size_t>(id)].source);
      } else if (node.op == OpKind::kConcat) {
        first_write_[static_cast<size_t>(id)] = id;
        for (const NodeId input : node.inputs) {
          first_write_[static_cast<size_t>(id)] = std::min(Begin(id), Begin(input));
        }
      }
    }
  }

  // A concatenation's buffer is empty at first: its operands and copies become the tenants.
  void NewBuffer(NodeId id) {
    const ir::Shape& shape = graph_.node(id).shape;
    const Location location = {static_cast<int>(result_.buffers.size()), 0};
    result_.buffers.push_back({.height = shape[1],
                               .width = shape[2],
                               .channels = shape[3],
                               .begin = Begin(id),
                               .end = std::max(Begin(id), End(id)),
                               .type = Type(id)});
    tenants_.emplace_back();
    LocationFor(id) = location;
    if (graph_.node(id).op != OpKind::kConcat) Occupy(id, location, Begin(id), End(id));
  }

  void Occupy(NodeId value, Location location, int32_t begin, int32_t end) {
    SINEW_CHECK(Type(value) == result_.buffers[static_cast<size_t>(location.buffer)].type);
    tenants_[static_cast<size_t>(location.buffer)].push_back(
        {value, location.channel, location.channel + Channels(value), begin, end});
    Buffer& buffer = result_.buffers[static_cast<size_t>(location.buffer)];
    buffer.begin = std::min(buffer.begin, begin);
    buffer.end = std::max(buffer.end, end);
  }

  // Whether `value` may live at `location` from `begin` to `end`. Values that hold it there do not count.
  bool IsFree(NodeId value, Location location, int32_t begin, int32_t end) const {
    for (const Tenant& tenant : tenants_[static_cast<size_t>(location.buffer)]) {
      const bool other_channels =
          tenant.last_channel <= location.channel || location.channel + Channels(value) <= tenant.first_channel;
      const bool other_time = tenant.end < begin || end < tenant.begin;
      if (!other_channels && !other_time && !Holds(tenant.value, value)) return false;
    }
    return true;
  }

  bool Holds(NodeId outer, NodeId value) const {
    for (NodeId id = value; id >= 0; id = holder_[static_cast<size_t>(id)]) {
      if (id == outer) return true;
    }
    return false;
  }

  bool CanBePlaced(NodeId id) { return !HasLocation(id) && !IsAlias(id) && graph_.node(id).op != OpKind::kInput; }

  bool TryPlace(NodeId value, NodeId holder, Location location) {
    if (!CanBePlaced(value)) return false;
    holder_[static_cast<size_t>(value)] = holder;
    if (!IsFree(value, location, Begin(value), End(value))) {
      holder_[static_cast<size_t>(value)] = -1;
      return false;
    }
    LocationFor(value) = location;
    Occupy(value, location, Begin(value), End(value));
    return true;
  }

  void PlaceConcat(NodeId id) {
    if (!HasLocation(id)) JoinOperandsBuffer(id);
    if (!HasLocation(id)) NewBuffer(id);
    Location target = LocationFor(id);
    for (const NodeId input : graph_.node(id).inputs) {
      const Location at = LocationFor(input);
      const bool there_already = at.buffer == target.buffer && at.channel == target.channel;
      if (!there_already && !TryPlace(input, id, target)) {
        result_.copies.push_back({id, input, target});
        Occupy(input, target, id, End(id));
      }
      target.channel += Channels(input);
    }
  }

  // If an operand lives in a buffer where the whole concatenation would fit around it, the concatenation goes there.
  void JoinOperandsBuffer(NodeId id) {
    int64_t offset = 0;
    for (const NodeId input : graph_.node(id).inputs) {
      const Location at = LocationFor(input);
      const Location whole = {at.buffer, at.channel - offset};
      offset += Channels(input);
      if (at.buffer >= 0 && whole.channel >= 0 &&
          whole.channel + Channels(id) <= result_.buffers[static_cast<size_t>(at.buffer)].channels &&
          OthersFit(id, input, whole)) {
        LocationFor(id) = whole;
        return;
      }
    }
  }

  // Whether every operand but `shared` can be written straight to its place, so that no copy disturbs the tenants.
  bool OthersFit(NodeId id, NodeId shared, Location whole) {
    Location target = whole;
    const std::vector<NodeId>& inputs = graph_.node(id).inputs;
    for (const NodeId input : inputs) {
      if (std::count(inputs.begin(), inputs.end(), input) > 1) return false;
      if (input != shared && (!CanBePlaced(input) || !IsFree(input, target, Begin(input), End(input)))) return false;
      target.channel += Channels(input);
    }
    return true;
  }

  void PlaceInPlace(const Operation& op) {
    for (const NodeId input : op.inputs) {
      if (!CanBePlaced(input) || readers_[static_cast<size_t>(input)] != 1 || Channels(input) != Channels(op.node))
        continue;
      // Up to the operation itself, which may write over what it reads.
      const Location location = LocationFor(op.node);
      holder_[static_cast<size_t>(input)] = op.node;
      if (IsFree(input, location, Begin(input), End(input))) {
        LocationFor(input) = location;
        Occupy(input, location, Begin(input), End(input));
        return;
      }
      holder_[static_cast<size_t>(input)] = -1;
    }
  }

  void ResolveAliases() {
    for (NodeId id = 0; id < graph_.size(); ++id) {
      if (!IsAlias(id) || End(id) < 0) continue;
      const Alias& alias = lowered_.aliases[static_cast<size_t>(id)];
      const Location source = LocationFor(alias.source);
      SINEW_CHECK(source.buffer >= 0);
      LocationFor(id) = {source.buffer, source.channel + alias.offset};
    }
  }

  const ir::Graph& graph_;
  const LoweredGraph& lowered_;
  std::vector<int32_t> first_write_, last_read_;  // by node
  std::vector<int> readers_;                      // by node
  std::vector<NodeId> holder_;                    // by node: the value inside which it lives, -1 for none
  std::vector<std::vector<Tenant>> tenants_;      // by buffer
  Placement result_;
};

}  // namespace

Placement Place(const ir::Graph& graph, const LoweredGraph& lowered) { return Placer(graph, lowered).Run(); }

}  // namespace sinew::plan
