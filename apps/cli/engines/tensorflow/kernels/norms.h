// Included by formulas.cc.

void layerNorm(const LayerNorm& norm, Rows rows) {
  const int64_t width = rows.width;
  const float* __restrict gain = norm.gain;
  const float* __restrict bias = norm.bias;
  for (int64_t row = 0; row < rows.count; ++row) {
    const float* __restrict x = norm.x + row * width;
    float* __restrict y = norm.y + row * width;
    float sum = 0;
    for (int64_t i = 0; i < width; ++i) sum += x[i];
    const float mean = sum / width;
    float squares = 0;
    for (int64_t i = 0; i < width; ++i) squares += (x[i] - mean) * (x[i] - mean);
    const float scale = 1.0f / std::sqrt(squares / width + norm.epsilon);
    for (int64_t i = 0; i < width; ++i) y[i] = (x[i] - mean) * scale * gain[i] + bias[i];
    norm.mean[row] = mean;
    norm.scale[row] = scale;
  }
}

void layerNormGradient(const LayerNormGradient& norm, Rows rows) {
  const int64_t width = rows.width;
  const float* __restrict gain = norm.gain;
  for (int64_t row = 0; row < rows.count; ++row) {
    const float* __restrict dy = norm.dy + row * width;
    const float* __restrict x = norm.x + row * width;
    float* __restrict dx = norm.dx + row * width;
    const float mean = norm.mean[row];
    const float scale = norm.scale[row];
    float sum = 0;
    float along = 0;
    for (int64_t i = 0; i < width; ++i) {
      const float g = dy[i] * gain[i];
      sum += g;
      along += g * (x[i] - mean);
    }
    const float meanGradient = sum / width;
    const float slope = along * scale * scale / width;
    for (int64_t i = 0; i < width; ++i) {
      dx[i] = (dy[i] * gain[i] - meanGradient - (x[i] - mean) * slope) * scale;
    }
  }
}

void rmsNorm(const RmsNorm& norm, Rows rows) {
  const int64_t width = rows.width;
  const float* __restrict gain = norm.gain;
  for (int64_t row = 0; row < rows.count; ++row) {
    const float* __restrict x = norm.x + row * width;
    float* __restrict y = norm.y + row * width;
    float squares = 0;
    for (int64_t i = 0; i < width; ++i) squares += x[i] * x[i];
    const float scale = 1.0f / std::sqrt(squares / width + norm.epsilon);
    for (int64_t i = 0; i < width; ++i) y[i] = x[i] * scale * gain[i];
    norm.scale[row] = scale;
  }
}

void rmsNormGradient(const RmsNormGradient& norm, Rows rows) {
  const int64_t width = rows.width;
  const float* __restrict gain = norm.gain;
  for (int64_t row = 0; row < rows.count; ++row) {
    const float* __restrict dy = norm.dy + row * width;
    const float* __restrict x = norm.x + row * width;
    float* __restrict dx = norm.dx + row * width;
    const float scale = norm.scale[row];
    float along = 0;
    for (int64_t i = 0; i < width; ++i) along += dy[i] * gain[i] * x[i];
    const float slope = along * scale * scale / width;
    for (int64_t i = 0; i < width; ++i) dx[i] = (dy[i] * gain[i] - x[i] * slope) * scale;
  }
}
