// Placement: which buffer, and which channels of it, each value lives in.
//
// A concatenation costs nothing when its operands are written where the result wants them. Going through the graph from
// its end, every concatenation gets a buffer and gives its operands their channels of it; so do sums and normalisations
// with the operand they may overwrite. Where an operand already lives in a later concatenation at the same channels
// (the features that all stages of a pose network share), the earlier one moves into that buffer too, provided that
// none of its other operands is written before what lies there has been read for the last time. What cannot be placed
// is copied.
#pragma once

#include <cstdint>
#include <vector>

#include "base/aligned_buffer.h"
#include "compiler/plan/operation.h"
#include "program/program.h"

namespace sinew::plan {

struct Buffer {
  int64_t height = 0, width = 0, channels = 0;
  // Elements from one pixel to the next. Whole cache lines for wide pictures, so that no vector of channels crosses
  // lines; narrow ones would grow by too much.
  int64_t pixel_stride() const {
    const int64_t line = static_cast<int64_t>(kCacheLineBytes / program::ElementBytes(type)), wide = 4 * line;
    return channels < wide ? channels : (channels + line - 1) / line * line;
  }
  // When it is first written and last read; see Operation for time. The network's input is written at time -1.
  int32_t begin = 0, end = 0;
  program::DataType type = program::DataType::F32;
};

struct Location {
  int buffer = -1;
  int64_t channel = 0;
};

// A copy that a concatenation needs: value `source` to `target`, at the time of `node`.
struct PlacedCopy {
  ir::NodeId node;
  ir::NodeId source;
  Location target;
};

struct Placement {
  std::vector<Buffer> buffers;
  std::vector<Location> locations;  // by node; buffer -1 for nodes without a picture
  std::vector<PlacedCopy> copies;   // in order of time
};

Placement Place(const ir::Graph& graph, const LoweredGraph& lowered);

}  // namespace sinew::plan
