// Time that work takes on the device.
#pragma once

#include "cuda/device/memory.h"

namespace octavo::cuda {

class Event {
 public:
  Event() { check(cudaEventCreate(&event_), "event"); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { cudaEventDestroy(event_); }
  cudaEvent_t get() const { return event_; }

 private:
  cudaEvent_t event_ = nullptr;
};

/// Mean seconds of `launch` on the default stream over `repetitions` runs, after one that is not counted.
template <class Launch>
double device_seconds(int repetitions, const Launch& launch) {
  const Event begin;
  const Event end;
  launch();
  check(cudaEventRecord(begin.get()), "event");
  for (int i = 0; i < repetitions; ++i) launch();
  check(cudaEventRecord(end.get()), "event");
  check(cudaEventSynchronize(end.get()), "work that is timed");
  float milliseconds = 0;
  check(cudaEventElapsedTime(&milliseconds, begin.get(), end.get()), "event");
  return static_cast<double>(milliseconds) / 1000.0 / repetitions;
}

}  // namespace octavo::cuda
