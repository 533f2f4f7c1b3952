// Included by formulas.cc.

inline float squaredSum(const float* x, int64_t count) {
  float sum = 0.0f;
  for (int64_t i = 0; i < count; ++i) sum += x[i] * x[i];
  return sum;
}

// x + factor·y
inline void addScaled(const float* __restrict x, const float* __restrict y, float factor, float* __restrict to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] = x[i] + factor * y[i];
}
