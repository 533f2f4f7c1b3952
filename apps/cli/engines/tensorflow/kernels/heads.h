// Included by operations.cc.

// Numbers of a token under a head lie together in both: from [batch, rows, heads, width] to [batch, heads, rows, width], or back.
void moveHeads(OpKernelContext* context, const float* from, float* to, int64_t batch, int64_t rows, int64_t heads, int64_t width,
               bool splits) {
  share(context, batch * heads, kCost * rows * width, [=](int64_t first, int64_t until) {
    for (int64_t unit = first; unit < until; ++unit) {
      const int64_t example = unit / heads, head = unit % heads;
      for (int64_t row = 0; row < rows; ++row) {
        const int64_t together = ((example * rows + row) * heads + head) * width;
        const int64_t apart = (unit * rows + row) * width;
        std::memcpy(to + (splits ? apart : together), from + (splits ? together : apart), width * sizeof(float));
      }
    }
  });
}

// [batch · rows, heads · width] to [batch, key_heads, heads / key_heads · rows, width].
class SplitHeadsOp : public OpKernel {
 public:
  explicit SplitHeadsOp(OpKernelConstruction* construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("batch", &batch_));
    OP_REQUIRES_OK(construction, construction->GetAttr("heads", &heads_));
    OP_REQUIRES_OK(construction, construction->GetAttr("key_heads", &key_heads_));
  }
  void Compute(OpKernelContext* context) override {
    const Tensor& x = context->input(0);
    OP_REQUIRES(context, x.dims() == 2 && x.dim_size(0) % batch_ == 0 && x.dim_size(1) % heads_ == 0,
                absl::InvalidArgumentError(absl::StrCat("expected [", batch_, " · rows, ", heads_, " · width], got ",
                                                        x.shape().DebugString())));
    const int64_t rows = x.dim_size(0) / batch_, width = x.dim_size(1) / heads_;
    Tensor* y;
    const TensorShape shape({batch_, key_heads_, heads_ / key_heads_ * rows, width});
    OP_REQUIRES_OK(context, context->allocate_output(0, shape, &y));
    moveHeads(context, floats(x), floats(y), batch_, rows, heads_, width, true);
  }

 private:
  int64_t batch_, heads_, key_heads_;
};

// The inverse.
class JoinHeadsOp : public OpKernel {
 public:
  explicit JoinHeadsOp(OpKernelConstruction* construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("heads", &heads_));
  }
  void Compute(OpKernelContext* context) override {
    const Tensor& x = context->input(0);
    OP_REQUIRES(context, x.dims() == 4 && x.dim_size(1) * x.dim_size(2) % heads_ == 0,
                absl::InvalidArgumentError(absl::StrCat("expected rows of ", heads_, " heads in [batch, heads, rows, width], got ",
                                                        x.shape().DebugString())));
    const int64_t batch = x.dim_size(0), rows = x.dim_size(1) * x.dim_size(2) / heads_, width = x.dim_size(3);
    Tensor* y;
    OP_REQUIRES_OK(context, context->allocate_output(0, TensorShape({batch * rows, heads_ * width}), &y));
    moveHeads(context, floats(x), floats(y), batch, rows, heads_, width, false);
  }

 private:
  int64_t heads_;
};

REGISTER_OP("RankforgeSplitHeads")
    .Attr("batch: int >= 1")
    .Attr("heads: int >= 1")
    .Attr("key_heads: int >= 1")
    .Input("x: float")
    .Output("y: float")
    .SetShapeFn(tensorflow::shape_inference::UnknownShape);
REGISTER_OP("RankforgeJoinHeads")
    .Attr("heads: int >= 1")
    .Input("x: float")
    .Output("y: float")
    .SetShapeFn(tensorflow::shape_inference::UnknownShape);
REGISTER_KERNEL_BUILDER(Name("RankforgeSplitHeads").Device(tensorflow::DEVICE_CPU), SplitHeadsOp);
REGISTER_KERNEL_BUILDER(Name("RankforgeJoinHeads").Device(tensorflow::DEVICE_CPU), JoinHeadsOp);
