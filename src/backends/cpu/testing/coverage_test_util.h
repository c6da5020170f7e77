// That no algorithm escapes the tests of its table: when a test program ends, each algorithm of the tables that it
// walked must have solved a problem on each target of this processor.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/error.h"
#include "simd/target.h"

namespace sinew::cpu {

// Where an algorithm may run, and where it did.
struct Runs {
  std::set<Target> offered, ran;
  bool wants_emulation = false, emulated = false;
};
using AlgorithmRuns = std::map<std::string_view, Runs>;  // by name

inline AlgorithmRuns algorithm_runs;

// A line for each algorithm and target that never met.
inline std::string MissingRuns(const AlgorithmRuns& runs) {
  std::string missing;
  for (const auto& [name, run] : runs) {
    for (const Target target : run.offered) {
      if (!run.ran.contains(target)) missing += fmt::format("{} never ran on {}\n", name, simd::TargetName(target));
    }
    if (run.wants_emulation && !run.emulated) missing += fmt::format("{} never ran in software\n", name);
  }
  return missing;
}

class CoverageEnvironment : public ::testing::Environment {
 public:
  void TearDown() override {
    if (GTEST_FLAG_GET(filter) != "*") return;  // some of the tests were left out
    EXPECT_EQ(MissingRuns(algorithm_runs), "");
  }
};

inline ::testing::Environment* const kCoverageEnvironment =
    ::testing::AddGlobalTestEnvironment(new CoverageEnvironment);

}  // namespace sinew::cpu
