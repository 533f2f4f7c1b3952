// Included by formulas.cc.

void rotary(const Rotary& all, int64_t from, int64_t until) {
  for (int64_t row = from; row < until; ++row) {
    const float* __restrict cosines = all.cosines + row % all.positions * all.half;
    const float* __restrict sines = all.sines + row % all.positions * all.half;
    for (int64_t head = 0; head < all.heads; ++head) {
      const float* __restrict x = all.x + (row * all.heads + head) * 2 * all.half;
      float* __restrict y = all.y + (row * all.heads + head) * 2 * all.half;
      for (int64_t i = 0; i < all.half; ++i) {
        const float left = x[i], right = x[i + all.half];
        y[i] = left * cosines[i] - right * sines[i];
        y[i + all.half] = right * cosines[i] + left * sines[i];
      }
    }
  }
}
