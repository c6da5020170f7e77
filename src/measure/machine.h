// What a benchmark ran on, and whether it had it for itself.
#pragma once

#include <cstdint>

#include "measure/documents/documents.h"

namespace sinew::measure {

// Without the share that others use, and without the instance.
documents::Machine ThisMachine();

// The highest amount of memory that this process has held, mapped files included.
uint64_t PeakMemoryBytes();
// Forgets it, so that the next one is that of what follows. Nothing happens where the system cannot.
void ResetPeakMemory();

// How much of the machine others used since construction. One thread at a time.
class OthersLoad {
 public:
  OthersLoad();
  // 0 to 1: processor time that went neither to this process nor idle, as a share of all; 0 where the system does not
  // say.
  double Share() const;

 private:
  double busy_seconds_, all_seconds_, own_seconds_;
};

}  // namespace sinew::measure
