// The formulas as operations of TensorFlow on the host's cores. Rows or numbers are shared out over the threads that TensorFlow has.
#include <algorithm>
#include <memory>
#include <vector>

#include "formulas.h"
#include "tiles.h"
#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/framework/common_shape_fns.h"
#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/shape_inference.h"
#include "tensorflow/core/util/work_sharder.h"

namespace rankforge {
namespace {

using tensorflow::OpKernel;
using tensorflow::OpKernelConstruction;
using tensorflow::OpKernelContext;
using tensorflow::Tensor;
using tensorflow::TensorShape;
using tensorflow::shape_inference::InferenceContext;

// Cycles for one number, about: TensorFlow gives a thread no less work than is worth it.
constexpr int64_t kCost = 8;

// Numbers that stay together: as many vector instructions of any processor fill them, so that a thread's share ends as the whole does
// and the number of threads changes no bit.
constexpr int64_t kBlock = 64;

template <typename Work>
void share(OpKernelContext* context, int64_t units, int64_t cost, const Work& work) {
  const auto& threads = *context->device()->tensorflow_cpu_worker_threads();
  tensorflow::Shard(threads.num_threads, threads.workers, units, cost, work);
}

// Gives threads so many numbers from one on, in whole blocks.
template <typename Work>
void shareNumbers(OpKernelContext* context, int64_t size, const Work& work) {
  share(context, (size + kBlock - 1) / kBlock, kBlock * kCost, [&work, size](int64_t from, int64_t until) {
    const int64_t begin = from * kBlock;
    work(begin, std::min(until * kBlock, size) - begin);
  });
}

const float* floats(const Tensor& tensor) { return tensor.flat<float>().data(); }
float* floats(Tensor* tensor) { return tensor->flat<float>().data(); }

absl::Status requireAlike(const Tensor& first, const Tensor& other) {
  if (other.shape() == first.shape()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("expected inputs of one shape, got ", first.shape().DebugString(), " and ", other.shape().DebugString()));
}

absl::Status shapedAsFirst(InferenceContext* context) {
  context->set_output(0, context->input(0));
  return absl::OkStatus();
}

// Up to three inputs of one shape, of which each number of the outputs, one or two, is made. `formula` is a member of Formulas.
template <auto formula>
class ElementwiseOp : public OpKernel {
 public:
  using OpKernel::OpKernel;
  void Compute(OpKernelContext* context) override {
    const Tensor& first = context->input(0);
    const float* inputs[3];
    float* outputs[2] = {nullptr, nullptr};
    const int count = context->num_inputs();
    for (int i = 0; i < count; ++i) {
      OP_REQUIRES_OK(context, requireAlike(first, context->input(i)));
      inputs[i] = floats(context->input(i));
    }
    for (int i = 0; i < context->num_outputs(); ++i) {
      Tensor* output;
      OP_REQUIRES_OK(context, context->allocate_output(i, first.shape(), &output));
      outputs[i] = floats(output);
    }
    const int64_t size = first.NumElements();
    shareNumbers(context, size, [&inputs, &outputs, count](int64_t begin, int64_t many) {
      const float* part[3];
      for (int i = 0; i < count; ++i) part[i] = inputs[i] + begin;
      compute(formulas().*formula, part, outputs, begin, many);
    });
  }

 private:
  static void compute(Elementwise of, const float* const* part, float* const* outputs, int64_t begin, int64_t many) {
    of(part, outputs[0] + begin, many);
  }
  static void compute(ElementwisePair of, const float* const* part, float* const* outputs, int64_t begin, int64_t many) {
    of(part, outputs[0] + begin, outputs[1] + begin, many);
  }
};

#define RANKFORGE_ELEMENTWISE(NAME, INPUTS, FORMULA)                                    \
  REGISTER_OP(NAME).INPUTS.Output("y: float").SetShapeFn(shapedAsFirst);                \
  REGISTER_KERNEL_BUILDER(Name(NAME).Device(tensorflow::DEVICE_CPU), ElementwiseOp<&Formulas::FORMULA>)

#define RANKFORGE_GATE_GRADIENTS(NAME, FORMULA)                                                                  \
  REGISTER_OP(NAME).THREE.Output("d_gate: float").Output("d_up: float").SetShapeFn(twoAsFirst);                 \
  REGISTER_KERNEL_BUILDER(Name(NAME).Device(tensorflow::DEVICE_CPU), ElementwiseOp<&Formulas::FORMULA>)

absl::Status twoAsFirst(InferenceContext* context) {
  for (int i = 0; i < 2; ++i) context->set_output(i, context->input(0));
  return absl::OkStatus();
}

#define ONE Input("a: float")
#define TWO ONE.Input("b: float")
#define THREE TWO.Input("c: float")
RANKFORGE_ELEMENTWISE("RankforgeGelu", ONE, gelu);
RANKFORGE_ELEMENTWISE("RankforgeGeluGradient", TWO, geluGradient);
RANKFORGE_ELEMENTWISE("RankforgeGeluTanh", ONE, geluTanh);
RANKFORGE_ELEMENTWISE("RankforgeGeluTanhGradient", TWO, geluTanhGradient);
RANKFORGE_ELEMENTWISE("RankforgeSiluGated", TWO, siluGated);
RANKFORGE_ELEMENTWISE("RankforgeSiluGatedGradient", THREE, siluGatedGradient);
RANKFORGE_ELEMENTWISE("RankforgeGeluTanhGated", TWO, geluTanhGated);
RANKFORGE_ELEMENTWISE("RankforgeGeluTanhGatedGradient", THREE, geluTanhGatedGradient);
RANKFORGE_GATE_GRADIENTS("RankforgeSiluGatedGradients", siluGatedGradients);
RANKFORGE_GATE_GRADIENTS("RankforgeGeluTanhGatedGradients", geluTanhGatedGradients);
#undef ONE
#undef TWO
#undef THREE

// The last axis is one of rows.
Rows rowsOf(const Tensor& x) {
  const int64_t width = x.dim_size(x.dims() - 1);
  return {width == 0 ? 0 : x.NumElements() / width, width};
}

absl::Status requireMatrix(const Tensor& x, const Tensor& forColumns) {
  if (x.dims() == 2 && forColumns.NumElements() == x.dim_size(1)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("expected x [rows, width] and as many numbers as it is wide, got ",
                                                 x.shape().DebugString(), " and ", forColumns.shape().DebugString()));
}

// One number for each row.
absl::Status requireRows(const Tensor& each, Rows rows) {
  if (each.NumElements() == rows.count) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("expected one number for each of ", rows.count, " rows, got ", each.shape().DebugString()));
}

// What a norm reads and writes from a row on.
LayerNorm fromRow(LayerNorm norm, int64_t row, int64_t width) {
  norm.x += row * width;
  norm.y += row * width;
  norm.mean += row;
  norm.scale += row;
  return norm;
}

LayerNormGradient fromRow(LayerNormGradient norm, int64_t row, int64_t width) {
  norm.dy += row * width;
  norm.x += row * width;
  norm.dx += row * width;
  norm.mean += row;
  norm.scale += row;
  return norm;
}

RmsNorm fromRow(RmsNorm norm, int64_t row, int64_t width) {
  norm.x += row * width;
  norm.y += row * width;
  norm.scale += row;
  return norm;
}

RmsNormGradient fromRow(RmsNormGradient norm, int64_t row, int64_t width) {
  norm.dy += row * width;
  norm.x += row * width;
  norm.dx += row * width;
  norm.scale += row;
  return norm;
}

template <typename Norm>
void shareNorm(OpKernelContext* context, void (*formula)(const Norm&, Rows), const Norm& norm, Rows rows) {
  share(context, rows.count, kCost * rows.width, [&norm, formula, rows](int64_t from, int64_t until) {
    formula(fromRow(norm, from, rows.width), {until - from, rows.width});
  });
}

class LayerNormOp : public OpKernel {
 public:
  explicit LayerNormOp(OpKernelConstruction* construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("eps", &epsilon_));
  }
  void Compute(OpKernelContext* context) override {
    const Tensor &x = context->input(0), &gain = context->input(1), &bias = context->input(2);
    OP_REQUIRES_OK(context, requireMatrix(x, gain));
    OP_REQUIRES_OK(context, requireMatrix(x, bias));
    const Rows rows = rowsOf(x);
    Tensor *y, *mean, *scale;
    OP_REQUIRES_OK(context, context->allocate_output(0, x.shape(), &y));
    OP_REQUIRES_OK(context, context->allocate_output(1, TensorShape({rows.count, 1}), &mean));
    OP_REQUIRES_OK(context, context->allocate_output(2, TensorShape({rows.count, 1}), &scale));
    const LayerNorm all{floats(x), floats(gain), floats(bias), epsilon_, floats(y), floats(mean), floats(scale)};
    shareNorm(context, formulas().layerNorm, all, rows);
  }

 private:
  float epsilon_;
};

class LayerNormGradientOp : public OpKernel {
 public:
  using OpKernel::OpKernel;
  void Compute(OpKernelContext* context) override {
    const Tensor &dy = context->input(0), &x = context->input(1), &mean = context->input(2),
                 &scale = context->input(3), &gain = context->input(4);
    OP_REQUIRES_OK(context, requireMatrix(x, gain));
    OP_REQUIRES_OK(context, requireAlike(x, dy));
    const Rows rows = rowsOf(x);
    OP_REQUIRES_OK(context, requireRows(mean, rows));
    OP_REQUIRES_OK(context, requireRows(scale, rows));
    Tensor* dx;
    OP_REQUIRES_OK(context, context->allocate_output(0, x.shape(), &dx));
    const LayerNormGradient all{floats(dy), floats(x), floats(mean), floats(scale), floats(gain), floats(dx)};
    shareNorm(context, formulas().layerNormGradient, all, rows);
  }
};

class RmsNormOp : public OpKernel {
 public:
  explicit RmsNormOp(OpKernelConstruction* construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("eps", &epsilon_));
  }
  void Compute(OpKernelContext* context) override {
    const Tensor &x = context->input(0), &gain = context->input(1);
    OP_REQUIRES_OK(context, requireMatrix(x, gain));
    const Rows rows = rowsOf(x);
    Tensor *y, *scale;
    OP_REQUIRES_OK(context, context->allocate_output(0, x.shape(), &y));
    OP_REQUIRES_OK(context, context->allocate_output(1, TensorShape({rows.count, 1}), &scale));
    const RmsNorm all{floats(x), floats(gain), epsilon_, floats(y), floats(scale)};
    shareNorm(context, formulas().rmsNorm, all, rows);
  }

 private:
  float epsilon_;
};

class RmsNormGradientOp : public OpKernel {
 public:
  using OpKernel::OpKernel;
  void Compute(OpKernelContext* context) override {
    const Tensor &dy = context->input(0), &x = context->input(1), &scale = context->input(2),
                 &gain = context->input(3);
    OP_REQUIRES_OK(context, requireMatrix(x, gain));
    OP_REQUIRES_OK(context, requireAlike(x, dy));
    const Rows rows = rowsOf(x);
    OP_REQUIRES_OK(context, requireRows(scale, rows));
    Tensor* dx;
    OP_REQUIRES_OK(context, context->allocate_output(0, x.shape(), &dx));
    const RmsNormGradient all{floats(dy), floats(x), floats(scale), floats(gain), floats(dx)};
    shareNorm(context, formulas().rmsNormGradient, all, rows);
  }
};

absl::Status normShapes(InferenceContext* context) {
  const auto rows = context->Matrix(context->Dim(context->input(0), 0), 1);
  context->set_output(0, context->input(0));
  for (int i = 1; i < context->num_outputs(); ++i) context->set_output(i, rows);
  return absl::OkStatus();
}

REGISTER_OP("RankforgeLayerNorm")
    .Attr("eps: float")
    .Input("x: float")
    .Input("gain: float")
    .Input("bias: float")
    .Output("y: float")
    .Output("mean: float")
    .Output("scale: float")
    .SetShapeFn(normShapes);
REGISTER_OP("RankforgeLayerNormGradient")
    .Input("dy: float")
    .Input("x: float")
    .Input("mean: float")
    .Input("scale: float")
    .Input("gain: float")
    .Output("dx: float")
    .SetShapeFn(shapedAsFirst);
REGISTER_OP("RankforgeRmsNorm")
    .Attr("eps: float")
    .Input("x: float")
    .Input("gain: float")
    .Output("y: float")
    .Output("scale: float")
    .SetShapeFn(normShapes);
REGISTER_OP("RankforgeRmsNormGradient")
    .Input("dy: float")
    .Input("x: float")
    .Input("scale: float")
    .Input("gain: float")
    .Output("dx: float")
    .SetShapeFn(shapedAsFirst);

REGISTER_KERNEL_BUILDER(Name("RankforgeLayerNorm").Device(tensorflow::DEVICE_CPU), LayerNormOp);
REGISTER_KERNEL_BUILDER(Name("RankforgeLayerNormGradient").Device(tensorflow::DEVICE_CPU), LayerNormGradientOp);
REGISTER_KERNEL_BUILDER(Name("RankforgeRmsNorm").Device(tensorflow::DEVICE_CPU), RmsNormOp);
REGISTER_KERNEL_BUILDER(Name("RankforgeRmsNormGradient").Device(tensorflow::DEVICE_CPU), RmsNormGradientOp);

#include "attention-operations.h"
#include "loss-operations.h"
#include "product-operations.h"
#include "updates.h"

}  // namespace
}  // namespace rankforge
