// Included by operations.cc.

class AdamOp : public OpKernel {
 public:
  using OpKernel::OpKernel;
  void Compute(OpKernelContext* context) override {
    const Tensor &gradient = context->input(0), &m = context->input(1), &v = context->input(2), &numbers = context->input(3);
    OP_REQUIRES_OK(context, requireAlike(gradient, m));
    OP_REQUIRES_OK(context, requireAlike(gradient, v));
    OP_REQUIRES(context, numbers.NumElements() == 6,
                absl::InvalidArgumentError("expected β₁, 1−β₁, β₂, 1−β₂, ε and the correction"));
    Tensor *direction, *nextM, *nextV;
    OP_REQUIRES_OK(context, context->allocate_output(0, gradient.shape(), &direction));
    OP_REQUIRES_OK(context, context->allocate_output(1, gradient.shape(), &nextM));
    OP_REQUIRES_OK(context, context->allocate_output(2, gradient.shape(), &nextV));
    const float* n = floats(numbers);
    const Adam all{floats(gradient), floats(m), floats(v), n[0], n[1], n[2], n[3], n[4], n[5],
                   floats(direction), floats(nextM), floats(nextV)};
    const int64_t size = gradient.NumElements();
    shareNumbers(context, size, [&all](int64_t begin, int64_t many) {
      Adam part = all;
      for (const float** input : {&part.gradient, &part.m, &part.v}) *input += begin;
      for (float** output : {&part.direction, &part.nextM, &part.nextV}) *output += begin;
      formulas().adam(part, many);
    });
  }
};

absl::Status threeAsFirst(InferenceContext* context) {
  for (int i = 0; i < 3; ++i) context->set_output(i, context->input(0));
  return absl::OkStatus();
}

REGISTER_OP("RankforgeAdam")
    .Input("gradient: float")
    .Input("m: float")
    .Input("v: float")
    .Input("numbers: float")
    .Output("direction: float")
    .Output("next_m: float")
    .Output("next_v: float")
    .SetShapeFn(threeAsFirst);
REGISTER_KERNEL_BUILDER(Name("RankforgeAdam").Device(tensorflow::DEVICE_CPU), AdamOp);

// x + factor·y. The factor is no attribute: TensorFlow keeps a kernel for each value of these.
class AddScaledOp : public OpKernel {
 public:
  using OpKernel::OpKernel;
  void Compute(OpKernelContext* context) override {
    const Tensor &x = context->input(0), &y = context->input(1), &factor = context->input(2);
    OP_REQUIRES_OK(context, requireAlike(x, y));
    OP_REQUIRES(context, factor.NumElements() == 1, absl::InvalidArgumentError("expected one factor"));
    Tensor* sum;
    OP_REQUIRES_OK(context, context->allocate_output(0, x.shape(), &sum));
    const float *const left = floats(x), *const right = floats(y), by = *floats(factor);
    float* const to = floats(sum);
    shareNumbers(context, x.NumElements(), [left, right, by, to](int64_t begin, int64_t many) {
      formulas().addScaled(left + begin, right + begin, by, to + begin, many);
    });
  }
};

REGISTER_OP("RankforgeAddScaled").Input("x: float").Input("y: float").Input("factor: float").Output("sum: float").SetShapeFn(shapedAsFirst);
REGISTER_KERNEL_BUILDER(Name("RankforgeAddScaled").Device(tensorflow::DEVICE_CPU), AddScaledOp);

// The sum of the squares of all numbers of some tensors. Each is summed in parts of so many numbers, whatever the number of threads.
class SquaredSumOp : public OpKernel {
 public:
  using OpKernel::OpKernel;
  void Compute(OpKernelContext* context) override {
    constexpr int64_t kPart = 1 << 16;
    struct Part {
      const float* from;
      int64_t count;
    };
    std::vector<Part> parts;
    for (int i = 0; i < context->num_inputs(); ++i) {
      const float* const from = floats(context->input(i));
      const int64_t size = context->input(i).NumElements();
      for (int64_t at = 0; at < size; at += kPart) parts.push_back({from + at, std::min(kPart, size - at)});
    }
    std::vector<double> sums(parts.size());
    share(context, parts.size(), kPart, [&parts, &sums](int64_t from, int64_t until) {
      for (int64_t i = from; i < until; ++i) sums[i] = formulas().squaredSum(parts[i].from, parts[i].count);
    });
    Tensor* sum;
    OP_REQUIRES_OK(context, context->allocate_output(0, TensorShape({}), &sum));
    double all = 0;
    for (const double each : sums) all += each;
    sum->scalar<float>()() = static_cast<float>(all);
  }
};

REGISTER_OP("RankforgeSquaredSum")
    .Attr("N: int >= 1")
    .Input("tensors: N * float")
    .Output("sum: float")
    .SetShapeFn(tensorflow::shape_inference::ScalarShape);
REGISTER_KERNEL_BUILDER(Name("RankforgeSquaredSum").Device(tensorflow::DEVICE_CPU), SquaredSumOp);

// Writes x + bias where x lies, and gives x: a product that nothing else reads.
class AddBiasOp : public OpKernel {
 public:
  using OpKernel::OpKernel;
  void Compute(OpKernelContext* context) override {
    const Tensor &x = context->input(0), &bias = context->input(1);
    OP_REQUIRES_OK(context, requireMatrix(x, bias));
    const Rows rows = rowsOf(x);
    float* const sums = const_cast<float*>(floats(x));
    const float* const added = floats(bias);
    share(context, rows.count, kCost * rows.width, [sums, added, rows](int64_t from, int64_t until) {
      formulas().addBias(sums + from * rows.width, added, {until - from, rows.width});
    });
    context->set_output(0, x);
  }
};

REGISTER_OP("RankforgeAddBias").Input("x: float").Input("bias: float").Output("y: float").SetShapeFn(shapedAsFirst);
REGISTER_KERNEL_BUILDER(Name("RankforgeAddBias").Device(tensorflow::DEVICE_CPU), AddBiasOp);
