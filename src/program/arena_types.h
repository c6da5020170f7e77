// What lies in an arena as which type, step by step: a picture is to be read as it was written.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "program/program.h"

namespace sinew::program {

// Runs of bytes by the type of the picture that was written there last.
class ArenaTypes {
 public:
  // Bytes [begin, end) hold elements of `type` from now on.
  void Write(uint64_t begin, uint64_t end, DataType type);

  // Some type other than `type` that bytes of [begin, end) hold; none where there is none. What nobody wrote to holds
  // whatever it is read as: gaps between the channels of a picture are such. Any number of calls takes time in
  // proportion to the number of writes, apart from a logarithm.
  std::optional<DataType> FindOther(uint64_t begin, uint64_t end, DataType type);

 private:
  struct Run {
    uint64_t end;
    DataType type;
  };
  using Runs = std::map<uint64_t, Run>;  // by where they begin; none overlap
  Runs::iterator FirstBehind(uint64_t begin);

  Runs runs_;
};

}  // namespace sinew::program
