// Included by formulas.cc.

void softmax(const float* const* inputs, float* output, Rows rows) {
  const int64_t width = rows.width;
  for (int64_t row = 0; row < rows.count; ++row) {
    const float* __restrict x = inputs[0] + row * width;
    float* __restrict y = output + row * width;
    float most = x[0];
    for (int64_t i = 1; i < width; ++i) most = std::fmax(most, x[i]);
    float sum = 0;
    for (int64_t i = 0; i < width; ++i) {
      y[i] = std::exp(x[i] - most);
      sum += y[i];
    }
    const float share = 1.0f / sum;
    for (int64_t i = 0; i < width; ++i) y[i] *= share;
  }
}

void softmaxGradient(const float* const* inputs, float* output, Rows rows) {
  const int64_t width = rows.width;
  for (int64_t row = 0; row < rows.count; ++row) {
    const float* __restrict p = inputs[0] + row * width;
    const float* __restrict dp = inputs[1] + row * width;
    float* __restrict dx = output + row * width;
    float along = 0;
    for (int64_t i = 0; i < width; ++i) along += p[i] * dp[i];
    for (int64_t i = 0; i < width; ++i) dx[i] = p[i] * (dp[i] - along);
  }
}
