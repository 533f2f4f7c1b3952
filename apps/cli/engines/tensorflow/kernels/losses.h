// Included by formulas.cc.

// The exponential of each, and their sum.
inline float exponentials(float* x, int64_t count, float factor, float less) {
  float sum = 0.0f;
  for (int64_t i = 0; i < count; ++i) {
    x[i] = std::exp(factor * x[i] - less);
    sum += x[i];
  }
  return sum;
}

inline float largest(const float* x, int64_t count) {
  float most = x[0];
  for (int64_t i = 1; i < count; ++i) most = x[i] > most ? x[i] : most;
  return most;
}

// The gradient weight·(p − hot) of a row where it lies.
inline float plainLoss(float* __restrict x, int64_t count, int32_t target, float weight) {
  const float ofTarget = x[target], most = largest(x, count);
  const float sum = exponentials(x, count, 1.0f, most);
  const float factor = weight / sum;
  for (int64_t i = 0; i < count; ++i) x[i] *= factor;
  x[target] -= weight;
  return weight * (most + std::log(sum) - ofTarget);
}

// The same of logits bent to cap·tanh(x / cap), whose slope is 1 − tanh². The tangents are kept, and the exponentials made twice.
inline float bentLoss(float* __restrict x, int64_t count, int32_t target, float weight, float cap) {
  for (int64_t i = 0; i < count; ++i) x[i] = std::tanh(x[i] / cap);
  const float ofTarget = x[target], most = cap * largest(x, count);
  float sum = 0.0f;
  for (int64_t i = 0; i < count; ++i) sum += std::exp(cap * x[i] - most);
  const float factor = weight / sum;
  for (int64_t i = 0; i < count; ++i) x[i] = factor * std::exp(cap * x[i] - most) * (1.0f - x[i] * x[i]);
  x[target] -= weight * (1.0f - ofTarget * ofTarget);
  return weight * (most + std::log(sum) - cap * ofTarget);
}

inline void tokenLoss(const TokenLoss& all, int64_t from, int64_t until) {
  const int64_t count = all.vocabulary;
  for (int64_t row = from; row < until; ++row) {
    float* const x = all.logits + row * count;
    const int32_t target = all.targets[row];
    const float weight = all.weights[row];
    all.losses[row] =
        all.softCap > 0.0f ? bentLoss(x, count, target, weight, all.softCap) : plainLoss(x, count, target, weight);
  }
}
