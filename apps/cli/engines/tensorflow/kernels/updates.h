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
    share(context, (size + kBlock - 1) / kBlock, kBlock * kCost, [&all, size](int64_t from, int64_t until) {
      const int64_t begin = from * kBlock;
      Adam part = all;
      for (const float** input : {&part.gradient, &part.m, &part.v}) *input += begin;
      for (float** output : {&part.direction, &part.nextM, &part.nextV}) *output += begin;
      formulas().adam(part, std::min(until * kBlock, size) - begin);
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
