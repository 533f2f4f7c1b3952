// Included by formulas.cc.

constexpr float kRootHalf = 0.70710678118654752f;        // 1/√2
constexpr float kDensityAtZero = 0.39894228040143268f;   // 1/√(2π)
constexpr float kTanhLinear = 1.5957691216057308f;       // 2·√(2/π)
constexpr float kTanhCubic = kTanhLinear * 0.044715f;

// exp(−x²/2)
inline float bell(float x) { return std::exp(-0.5f * x * x); }

// The normal distribution Φ(x). Abramowitz & Stegun, Handbook of Mathematical Functions, 7.1.26: erf to 1.5e-7.
inline float normalDistribution(float x) {
  const float t = 1.0f / (1.0f + 0.3275911f * kRootHalf * std::fabs(x));
  const float tail =
      0.5f * bell(x) * t *
      (0.254829592f + t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))));
  return x < 0 ? tail : 1.0f - tail;
}

inline float geluOf(float x) { return x * normalDistribution(x); }

inline float geluSlope(float x) { return normalDistribution(x) + x * kDensityAtZero * bell(x); }

// 1/(1 + exp(−x)); the exponent is never positive, so that nothing overflows.
inline float sigmoid(float x) {
  const float e = std::exp(-std::fabs(x));
  return (x < 0 ? e : 1.0f) / (1.0f + e);
}

inline float tanhOperand(float x) { return x * (kTanhLinear + kTanhCubic * x * x); }

inline float geluTanhOf(float x) { return x * sigmoid(tanhOperand(x)); }

// 1 − σ(u) is σ(−u): a difference from 1 would keep few digits where u is large, and is multiplied by x³.
inline float geluTanhSlope(float x) {
  const float u = tanhOperand(x);
  return sigmoid(u) * (1.0f + sigmoid(-u) * x * (kTanhLinear + 3.0f * kTanhCubic * x * x));
}

inline float siluOf(float x) { return x * sigmoid(x); }

inline float siluSlope(float x) { return sigmoid(x) * (1.0f + x * sigmoid(-x)); }

// Inputs: x.
template <float of(float)>
void values(const float* const* inputs, float* __restrict output, int64_t count) {
  const float* __restrict x = inputs[0];
  for (int64_t i = 0; i < count; ++i) output[i] = of(x[i]);
}

// `of` is a function or its slope. Inputs: x, and what it is multiplied by.
template <float of(float)>
void products(const float* const* inputs, float* __restrict output, int64_t count) {
  const float* __restrict x = inputs[0];
  const float* __restrict by = inputs[1];
  for (int64_t i = 0; i < count; ++i) output[i] = of(x[i]) * by[i];
}

// Inputs: gate, up, dy.
template <float slope(float)>
void gateGradients(const float* const* inputs, float* __restrict output, int64_t count) {
  const float* __restrict gate = inputs[0];
  const float* __restrict up = inputs[1];
  const float* __restrict dy = inputs[2];
  for (int64_t i = 0; i < count; ++i) output[i] = slope(gate[i]) * up[i] * dy[i];
}

// The gradients of both operands of a gated activation. Inputs: gate, up, dy.
template <float of(float), float slope(float)>
void gateAndUpGradients(const float* const* inputs, float* __restrict dGate, float* __restrict dUp, int64_t count) {
  const float* __restrict gate = inputs[0];
  const float* __restrict up = inputs[1];
  const float* __restrict dy = inputs[2];
  for (int64_t i = 0; i < count; ++i) {
    dGate[i] = slope(gate[i]) * up[i] * dy[i];
    dUp[i] = of(gate[i]) * dy[i];
  }
}
