// Natural order: examples, and that it is an order.
#include "media/natural_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace sinew::media {
namespace {

TEST(NaturalOrderTest, Examples) {
  const std::vector<std::string> ordered = {"",
                                            "7",
                                            "08",
                                            "9",
                                            "0099",
                                            "100",
                                            "a",
                                            "a/z",
                                            "a-b",
                                            "a1",
                                            "a01",
                                            "a1b",
                                            "a2",
                                            "a2b1",
                                            "a2b10",
                                            "a10",
                                            "a18446744073709551616",
                                            "a18446744073709551617",
                                            "b1",
                                            "b1c",
                                            "b01c1",
                                            "ä1",
                                            "ä10"};
  for (size_t i = 0; i < ordered.size(); ++i) {
    for (size_t j = 0; j < ordered.size(); ++j)
      EXPECT_EQ(NaturalLess(ordered[i], ordered[j]), i < j) << ordered[i] << " and " << ordered[j];
  }
}

TEST(NaturalOrderTest, IsAStrictOrder) {
  std::vector<std::string> names;
  for (const char a : {'0', '1', 'x', '/'}) {
    for (const char b : {'0', '2', 'x'}) {
      for (const char c : {'0', '1', 'y'}) names.push_back({a, b, c}), names.push_back({a, b}), names.push_back({a});
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const std::string& a : names) {
    EXPECT_FALSE(NaturalLess(a, a));
    for (const std::string& b : names) {
      EXPECT_EQ(NaturalLess(a, b) != NaturalLess(b, a), a != b) << a << " and " << b;
      for (const std::string& c : names) {
        EXPECT_LE(NaturalLess(a, b) && NaturalLess(b, c), NaturalLess(a, c)) << a << ", " << b << ", " << c;
      }
    }
  }
}

}  // namespace
}  // namespace sinew::media
