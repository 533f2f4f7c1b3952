// Formulas over arrays of floats, each in one pass: no array is held on the way. Nothing here knows TensorFlow.
//
// The compiler makes vector instructions of their loops. They are compiled once for each of some kinds of processor, and the best
// that this one has are chosen when the first is asked for.
#pragma once
#include <cstdint>

#include "products.h"

namespace rankforge {

// Writes `count` numbers of `output`, each from the numbers at its place in the inputs. Outputs overlap no input.
using Elementwise = void (*)(const float* const* inputs, float* output, int64_t count);

// The same with two outputs.
using ElementwisePair = void (*)(const float* const* inputs, float* first, float* second, int64_t count);

// Rows of `width` numbers one after another.
struct Rows {
  int64_t count;
  int64_t width;
};

// (x − mean)·scale·gain + bias with scale = 1/√(variance + ε), and the mean and scale of each row.
struct LayerNorm {
  const float* x;
  const float* gain;
  const float* bias;
  float epsilon;
  float* y;
  float* mean;
  float* scale;
};

// The gradient of x from that of y.
struct LayerNormGradient {
  const float* dy;
  const float* x;
  const float* mean;
  const float* scale;
  const float* gain;
  float* dx;
};

// x·scale·gain with scale = 1/√(mean(x²) + ε), and the scale of each row.
struct RmsNorm {
  const float* x;
  const float* gain;
  float epsilon;
  float* y;
  float* scale;
};

struct RmsNormGradient {
  const float* dy;
  const float* x;
  const float* scale;
  const float* gain;
  float* dx;
};

// A step of Adam: m and v after it, and the direction correction·m / (√v + ε).
struct Adam {
  const float* gradient;
  const float* m;
  const float* v;
  float beta1;
  float rest1;  // 1 − β₁
  float beta2;
  float rest2;  // 1 − β₂
  float epsilon;
  float correction;
  float* direction;
  float* nextM;
  float* nextV;
};

// softmax(scale·q·kᵀ)·v of the queries, keys and values of each head, and its gradient. Heads lie side by side in a row.
struct Attention {
  const float* query;  // [batch · rows, heads · width]
  const float* key;    // [batch · keys, keyHeads · width], each head for heads / keyHeads queries' in a row
  const float* value;  // as key
  const int32_t* spans;  // [batch, parts, 2] the first key of each part that an example sees, and the one after its last; null: see below
  int64_t parts;
  int64_t batch, rows, keys, heads, keyHeads, width;
  float scale;
  float softCap;  // scores are bent to cap·tanh(score / cap); 0: they are not
  bool isCausal;  // a query sees its own key and those before it; otherwise, without spans, all
  int64_t earlier;  // in causal attention: keys right before the queries' own that a window counts; those before them are seen by all
  int64_t window;   // and so many keys at most, the own one among them
  float* output;    // as query
  const float* dy;  // as query; null: there is no gradient
  float *dQuery, *dKey, *dValue;  // null where not asked for
};

// Unit i and unit i + half of each head turned by an angle of the row's position; rows of all positions follow one another.
struct Rotary {
  const float* x;        // [rows, heads · 2 · half], as y
  const float* cosines;  // [positions, half], as sines
  const float* sines;
  float* y;
  int64_t positions, heads, half;
};

// weight·(log Σ exp(logits) − logit of the target) of each row.
struct TokenLoss {
  float* logits;  // [rows, vocabulary]; become the gradient of the sum of the losses
  const int32_t* targets;
  const float* weights;
  float softCap;  // logits are bent to cap·tanh(logit / cap); 0: they are not
  float* losses;
  int64_t vocabulary;
};

struct Formulas {
  void (*adam)(const Adam& step, int64_t count);
  // Adds the numbers of a row to every row.
  void (*addBias)(float* rows, const float* bias, Rows of);
  // Rows from one on, up to another.
  void (*rotary)(const Rotary& all, int64_t from, int64_t until);
  // x·Φ(x), Φ the normal distribution. Inputs: x.
  Elementwise gelu;
  // dy·(Φ(x) + x·φ(x)). Inputs: x, dy.
  Elementwise geluGradient;
  // x·σ(2u), u = √(2/π)·(x + 0.044715·x³): GELU in GPT-2's tanh form. Inputs: x.
  Elementwise geluTanh;
  // Inputs: x, dy.
  Elementwise geluTanhGradient;
  // geluTanh(gate)·up. Inputs: gate, up.
  Elementwise geluTanhGated;
  // dy·up·geluTanh'(gate). Inputs: gate, up, dy.
  Elementwise geluTanhGatedGradient;
  // This, and geluTanh(gate)·dy, the gradient of up. Inputs: gate, up, dy.
  ElementwisePair geluTanhGatedGradients;
  // silu(gate)·up, silu(t) = t·σ(t). Inputs: gate, up.
  Elementwise siluGated;
  // dy·up·silu'(gate). Inputs: gate, up, dy.
  Elementwise siluGatedGradient;
  // This, and silu(gate)·dy. Inputs: gate, up, dy.
  ElementwisePair siluGatedGradients;
  float (*squaredSum)(const float* x, int64_t count);
  // x + factor·y
  void (*addScaled)(const float* x, const float* y, float factor, float* to, int64_t count);
  void (*layerNorm)(const LayerNorm& norm, Rows rows);
  void (*layerNormGradient)(const LayerNormGradient& norm, Rows rows);
  void (*rmsNorm)(const RmsNorm& norm, Rows rows);
  void (*rmsNormGradient)(const RmsNormGradient& norm, Rows rows);
  // Rows from one on, up to another.
  void (*tokenLoss)(const TokenLoss& all, int64_t from, int64_t until);
  // Heads of keys of all examples are units of work. The workspace is of as many numbers as `attentionWorkspace` says.
  void (*attention)(const Attention& all, int64_t unit, float* workspace);
  void (*attentionGradient)(const Attention& all, int64_t unit, float* workspace);
  int64_t (*attentionWorkspace)(const Attention& all);
  // Products of numbers that are rounded to bfloat16.
  Multiplier halved;
};

// One for each kind of processor; formulas.cc defines that which it is compiled for.
extern const Formulas forAnyProcessor;
extern const Formulas forAvx2;
extern const Formulas forAvx512;

// The best that this processor has.
inline const Formulas& formulas() {
  static const Formulas& chosen = [] () -> const Formulas& {
    const auto has512 = [] {
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512vl");
    };
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return forAnyProcessor;
    return has512() ? forAvx512 : forAvx2;
  }();
  return chosen;
}

}  // namespace rankforge
