// Placement: concatenations without copies, buffers shared between stages, and nothing overwritten while it is needed.
#include "compiler/plan/place.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "compiler/ir/text.h"
#include "compiler/plan/lower.h"
#include "program/writer.h"

namespace sinew::plan {
namespace {

struct Placed {
  ir::Graph graph;
  LoweredGraph lowered;
  Placement placement;

  ir::NodeId Find(std::string_view name) const {
    for (ir::NodeId id = 0; id < graph.size(); ++id) {
      if (graph.node(id).name == name) return id;
    }
    ADD_FAILURE() << "no node " << name;
    return 0;
  }
  Location At(std::string_view name) const { return placement.locations[static_cast<size_t>(Find(name))]; }
};

Placed PlaceText(std::string_view text) {
  Placed result;
  Result<ir::Graph> graph = ir::ParseGraph(text);
  EXPECT_TRUE(graph.ok()) << graph.status().message();
  if (!graph.ok()) return result;
  result.graph = std::move(*graph);
  PackedWeights weights;
  Result<LoweredGraph> lowered = Lower(result.graph, {}, &weights);
  EXPECT_TRUE(lowered.ok()) << lowered.status().message();
  if (!lowered.ok()) return result;
  result.lowered = std::move(*lowered);
  result.placement = Place(result.graph, result.lowered);
  return result;
}

// Replays the plan in time, channel by channel: every read must find what the graph says was written there.
void ExpectReadsFindTheirValues(const Placed& placed) {
  struct Owner {
    ir::NodeId value = -1;
    int64_t channel = 0;
    bool operator==(const Owner&) const = default;
  };
  std::vector<std::vector<Owner>> memory;
  for (const Buffer& buffer : placed.placement.buffers) memory.emplace_back(static_cast<size_t>(buffer.channels));
  // The operation's own output (value, channel) behind a channel of any value.
  const auto origin = [&](ir::NodeId id, int64_t channel) {
    while (true) {
      const Alias& alias = placed.lowered.aliases[static_cast<size_t>(id)];
      if (alias.source >= 0) {
        id = alias.source;
        channel += alias.offset;
      } else if (placed.graph.node(id).op == ir::OpKind::kConcat) {
        for (const ir::NodeId input : placed.graph.node(id).inputs) {
          const int64_t channels = placed.graph.node(input).shape[3];
          if (channel < channels) {
            id = input;
            break;
          }
          channel -= channels;
        }
      } else {
        return Owner{id, channel};
      }
    }
  };
  const auto write = [&](ir::NodeId value, Location at) {
    for (int64_t c = 0; c < placed.graph.node(value).shape[3]; ++c) {
      memory[static_cast<size_t>(at.buffer)][static_cast<size_t>(at.channel + c)] = origin(value, c);
    }
  };
  const auto expect_read = [&](ir::NodeId value) {
    const Location at = placed.placement.locations[static_cast<size_t>(value)];
    ASSERT_GE(at.buffer, 0);
    for (int64_t c = 0; c < placed.graph.node(value).shape[3]; ++c) {
      EXPECT_EQ(memory[static_cast<size_t>(at.buffer)][static_cast<size_t>(at.channel + c)], origin(value, c))
          << "channel " << c << " of " << placed.graph.node(value).name;
    }
  };
  write(placed.graph.input(), placed.placement.locations[static_cast<size_t>(placed.graph.input())]);
  size_t next_copy = 0;
  const auto copy_until = [&](ir::NodeId time) {
    for (; next_copy < placed.placement.copies.size() && placed.placement.copies[next_copy].node < time; ++next_copy) {
      const PlacedCopy& copy = placed.placement.copies[next_copy];
      expect_read(copy.source);
      write(copy.source, copy.target);
    }
  };
  for (const Operation& op : placed.lowered.operations) {
    copy_until(op.node);
    for (const ir::NodeId input : op.inputs) expect_read(input);
    write(op.node, placed.placement.locations[static_cast<size_t>(op.node)]);
  }
  copy_until(placed.graph.size());
  for (const ir::Output& output : placed.graph.outputs()) expect_read(output.node);
}

TEST(PlaceTest, ConcatOperandsAreWrittenInPlace) {
  const Placed placed = PlaceText(R"(
    %0 = input "x" : f32[1,4,4,8]
    %1 = const "wa" {seeded 1} : f32[1,1,8,5]
    %2 = const "wb" {seeded 2} : f32[1,1,8,3]
    %3 = conv2d "a" (%0, %1)
    %4 = conv2d "b" (%0, %2)
    %5 = concat "c" (%3, %4) {axis=3}
    output "c" = %5
  )");
  EXPECT_TRUE(placed.placement.copies.empty());
  EXPECT_EQ(placed.At("a").buffer, placed.At("c").buffer);
  EXPECT_EQ(placed.At("b").buffer, placed.At("c").buffer);
  EXPECT_EQ(placed.At("a").channel, 0);
  EXPECT_EQ(placed.At("b").channel, 5);
  ExpectReadsFindTheirValues(placed);
}

// Stages that append their result to shared features, as all OpenPose networks do.
constexpr std::string_view kStages = R"(
    %0 = input "x" : f32[1,4,4,8]
    %1 = const "wf" {seeded 1} : f32[1,1,8,16]
    %2 = conv2d "features" (%0, %1)
    %3 = const "w1" {seeded 2} : f32[1,1,16,5]
    %4 = conv2d "stage1" (%2, %3)
    %5 = concat "concat2" (%4, %2) {axis=3}
    %6 = const "w2a" {seeded 3} : f32[1,1,21,8]
    %7 = conv2d "stage2a" (%5, %6)
    %8 = const "w2b" {seeded 4} : f32[1,1,8,5]
    %9 = conv2d "stage2b" (%7, %8)
    %10 = concat "concat3" (%9, %2) {axis=3}
    %11 = const "w3a" {seeded 5} : f32[1,1,21,8]
    %12 = conv2d "stage3a" (%10, %11)
    %13 = const "w3b" {seeded 6} : f32[1,1,8,5]
    %14 = conv2d "stage3b" (%12, %13)
    output "out" = %14
  )";

TEST(PlaceTest, StagesShareOneBuffer) {
  const Placed placed = PlaceText(kStages);
  EXPECT_TRUE(placed.placement.copies.empty());
  EXPECT_EQ(placed.At("concat2").buffer, placed.At("concat3").buffer);
  EXPECT_EQ(placed.At("stage1").buffer, placed.At("stage2b").buffer);
  EXPECT_EQ(placed.At("features").channel, 5);
  ExpectReadsFindTheirValues(placed);
}

TEST(PlaceTest, AStageThatIsReadLateIsNotOverwritten) {
  // stage1 is an output as well, so stage2b must not take its channels.
  std::string text(kStages);
  text += "output \"early\" = %4\n";
  const Placed placed = PlaceText(text);
  EXPECT_FALSE(placed.placement.copies.empty());
  ExpectReadsFindTheirValues(placed);
}

TEST(PlaceTest, AConcatReadWhileItsSuccessorIsWrittenKeepsItsBuffer) {
  // The last convolution of stage 2 reads concat2 itself: writing its result over concat2 would destroy its input.
  const Placed placed = PlaceText(R"(
    %0 = input "x" : f32[1,4,4,8]
    %1 = const "wf" {seeded 1} : f32[1,1,8,16]
    %2 = conv2d "features" (%0, %1)
    %3 = const "w1" {seeded 2} : f32[1,1,16,5]
    %4 = conv2d "stage1" (%2, %3)
    %5 = concat "concat2" (%4, %2) {axis=3}
    %6 = const "w2" {seeded 3} : f32[1,1,21,5]
    %7 = conv2d "stage2" (%5, %6)
    %8 = concat "concat3" (%7, %2) {axis=3}
    output "out" = %8
  )");
  ExpectReadsFindTheirValues(placed);
  EXPECT_NE(placed.At("stage1").buffer, placed.At("stage2").buffer);
}

TEST(PlaceTest, NestedAndRepeatedOperands) {
  const Placed placed = PlaceText(R"(
    %0 = input "x" : f32[1,4,4,8]
    %1 = const "w" {seeded 1} : f32[1,1,8,3]
    %2 = conv2d "a" (%0, %1)
    %3 = concat "inner" (%2, %0) {axis=3}
    %4 = concat "outer" (%3, %2, %2, %3) {axis=3}
    output "out" = %4
  )");
  EXPECT_EQ(placed.At("inner").buffer, placed.At("outer").buffer);
  ExpectReadsFindTheirValues(placed);
}

TEST(PlaceTest, SumsOverwriteAnOperandThatNothingElseReads) {
  const Placed placed = PlaceText(R"(
    %0 = input "x" : f32[1,4,4,8]
    %1 = const "wa" {seeded 1} : f32[1,1,8,8]
    %2 = conv2d "a" (%0, %1)
    %3 = conv2d "b" (%2, %1)
    %4 = add "sum" (%3, %2)
    %5 = conv2d "d" (%4, %1)
    %6 = concat "out" (%5, %2) {axis=3}
    output "out" = %6
  )");
  EXPECT_EQ(placed.At("sum").buffer, placed.At("b").buffer);
  EXPECT_NE(placed.At("sum").buffer, placed.At("a").buffer);
  ExpectReadsFindTheirValues(placed);
}

TEST(PlaceTest, SlicesAreViews) {
  const Placed placed = PlaceText(R"(
    %0 = input "x" : f32[1,4,4,8]
    %1 = const "w" {seeded 1} : f32[1,1,8,12]
    %2 = conv2d "both" (%0, %1)
    %3 = slice_channels "left" (%2) {offset=0, count=7}
    %4 = slice_channels "right" (%2) {offset=7, count=5}
    %5 = const "wl" {seeded 2} : f32[1,1,7,4]
    %6 = conv2d "l" (%3, %5)
    %7 = concat "out" (%6, %4) {axis=3}
    output "out" = %7
  )");
  EXPECT_EQ(placed.At("left").buffer, placed.At("both").buffer);
  EXPECT_EQ(placed.At("right").channel, 7);
  EXPECT_EQ(placed.placement.copies.size(), 1u);
  ExpectReadsFindTheirValues(placed);
}

}  // namespace
}  // namespace sinew::plan
