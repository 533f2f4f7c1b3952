// Included by formulas.cc.

inline void addBias(float* __restrict rows, const float* __restrict bias, Rows of) {
  for (int64_t row = 0; row < of.count; ++row, rows += of.width) {
    for (int64_t i = 0; i < of.width; ++i) rows[i] += bias[i];
  }
}
