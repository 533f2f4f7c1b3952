// Included by formulas.cc.

inline void adam(const Adam& step, int64_t count) {
  const float* __restrict gradient = step.gradient;
  const float* __restrict m = step.m;
  const float* __restrict v = step.v;
  float* __restrict direction = step.direction;
  float* __restrict nextM = step.nextM;
  float* __restrict nextV = step.nextV;
  const float beta1 = step.beta1, rest1 = step.rest1, beta2 = step.beta2, rest2 = step.rest2;
  const float epsilon = step.epsilon, correction = step.correction;
  for (int64_t i = 0; i < count; ++i) {
    const float g = gradient[i];
    const float first = beta1 * m[i] + rest1 * g;
    const float second = beta2 * v[i] + rest2 * g * g;
    nextM[i] = first;
    nextV[i] = second;
    direction[i] = correction * first / (std::sqrt(second) + epsilon);
  }
}
