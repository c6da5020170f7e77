// The machine, as /proc and getrusage describe it.
#include "measure/machine.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/processor.h"
#include "runtime/thread_pool.h"

namespace sinew::measure {
namespace {

struct ProcessorTime {
  double busy = 0, all = 0;  // seconds over all processors since the system started
};

// The first line of /proc/stat: "cpu  user nice system idle iowait irq softirq steal ...", in ticks.
ProcessorTime SystemTime() {
  std::ifstream file("/proc/stat");
  std::string line, label;
  if (!std::getline(file, line)) return {};
  std::istringstream fields(line);
  fields >> label;
  ProcessorTime time;
  const double tick = 1.0 / static_cast<double>(sysconf(_SC_CLK_TCK));
  double value = 0;
  // Guest time, from field 8 on, is part of user time.
  for (int i = 0; i < 8 && fields >> value; ++i) {
    time.all += value * tick;
    const bool idle = i == 3 || i == 4;
    if (!idle) time.busy += value * tick;
  }
  return time;
}

double OwnSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double Megahertz() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.starts_with("cpu MHz") && colon != std::string::npos)
      return std::strtod(line.c_str() + colon + 2, nullptr);
  }
  return 0;
}

}  // namespace

documents::Machine ThisMachine() {
  const uint64_t memory = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return {.processor = ProcessorName(),
          .processors = runtime::AvailableProcessors(),
          .memory_bytes = memory,
          .megahertz = Megahertz()};
}

uint64_t PeakMemoryBytes() {
  // Unlike getrusage, it begins anew when ResetPeakMemory says so.
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmHWM:")) return std::strtoull(line.c_str() + 6, nullptr, 10) * 1024;
  }
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

void ResetPeakMemory() { std::ofstream("/proc/self/clear_refs") << 5; }

OthersLoad::OthersLoad() : own_seconds_(OwnSeconds()) {
  const ProcessorTime now = SystemTime();
  busy_seconds_ = now.busy;
  all_seconds_ = now.all;
}

double OthersLoad::Share() const {
  const ProcessorTime now = SystemTime();
  const double all = now.all - all_seconds_;
  if (!(all > 0)) return 0;
  const double others = now.busy - busy_seconds_ - (OwnSeconds() - own_seconds_);
  return std::clamp(others / all, 0.0, 1.0);
}

}  // namespace sinew::measure
