// Included by operations.cc.

// Inputs `query`, `key`, `value`, `spans` and `order`: int32 [3], whether attention is causal, the earlier keys and the window.
class AttentionOp : public OpKernel {
 public:
  explicit AttentionOp(OpKernelConstruction* construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("batch", &batch_));
    OP_REQUIRES_OK(construction, construction->GetAttr("heads", &heads_));
    OP_REQUIRES_OK(construction, construction->GetAttr("key_heads", &key_heads_));
    OP_REQUIRES_OK(construction, construction->GetAttr("scale", &scale_));
    OP_REQUIRES_OK(construction, construction->GetAttr("soft_cap", &soft_cap_));
  }

  void Compute(OpKernelContext* context) override {
    Attention all;
    OP_REQUIRES_OK(context, read(context, all));
    Tensor* output;
    OP_REQUIRES_OK(context, context->allocate_output(0, context->input(0).shape(), &output));
    all.output = floats(output);
    shareUnits(context, all, formulas().attention);
  }

 protected:
  absl::Status read(OpKernelContext* context, Attention& all) const {
    const Tensor &query = context->input(0), &key = context->input(1), &value = context->input(2), &spans = context->input(3),
                 &order = context->input(4);
    if (query.dims() != 2 || key.dims() != 2 || key.shape() != value.shape() || query.dim_size(0) % batch_ != 0 ||
        key.dim_size(0) % batch_ != 0 || heads_ % key_heads_ != 0 || query.dim_size(1) % heads_ != 0 ||
        query.dim_size(1) * key_heads_ != key.dim_size(1) * heads_) {
      return absl::InvalidArgumentError(
          absl::StrCat("expected queries [", batch_, " · rows, ", heads_, " · width], and keys and values [", batch_, " · keys, ",
                       key_heads_, " · width], got ", query.shape().DebugString(), ", ", key.shape().DebugString(), " and ",
                       value.shape().DebugString()));
    }
    if (order.NumElements() != 3) return absl::InvalidArgumentError("expected whether it is causal, the earlier keys and the window");
    const int32_t* numbers = order.flat<int32_t>().data();
    all = {};
    all.query = floats(query);
    all.key = floats(key);
    all.value = floats(value);
    all.batch = batch_;
    all.rows = query.dim_size(0) / batch_;
    all.keys = key.dim_size(0) / batch_;
    all.heads = heads_;
    all.keyHeads = key_heads_;
    all.width = query.dim_size(1) / heads_;
    all.scale = scale_;
    all.softCap = soft_cap_;
    all.isCausal = numbers[0] != 0;
    all.earlier = numbers[1];
    all.window = numbers[2];
    const int64_t before = all.keys - all.rows;
    if (all.isCausal && (before < 0 || all.earlier < 0 || all.earlier > before || all.window < 1)) {
      return absl::InvalidArgumentError(absl::StrCat("expected no fewer keys than queries, earlier ones among the first ", before,
                                                     ", and a window of one or more, got ", all.earlier, " earlier and ", all.window));
    }
    return readSpans(spans, all);
  }

  // One unit is computed by one thread, in one order: the number of threads changes no bit.
  static void shareUnits(OpKernelContext* context, const Attention& all, void (*work)(const Attention&, int64_t, float*)) {
    const int64_t cost = kCost * (all.heads / all.keyHeads) * all.rows * all.keys;
    share(context, all.batch * all.keyHeads, cost, [&all, work](int64_t from, int64_t until) {
      const std::unique_ptr<float[]> workspace(new float[formulas().attentionWorkspace(all)]);
      for (int64_t unit = from; unit < until; ++unit) work(all, unit, workspace.get());
    });
  }

 private:
  absl::Status readSpans(const Tensor& spans, Attention& all) const {
    if (spans.NumElements() == 0) return absl::OkStatus();
    if (all.isCausal || spans.dims() != 3 || spans.dim_size(0) != batch_ || spans.dim_size(2) != 2) {
      return absl::InvalidArgumentError(absl::StrCat("expected spans [", batch_, ", parts, 2] of attention that is not causal, got ",
                                                     spans.shape().DebugString()));
    }
    all.parts = spans.dim_size(1);
    all.spans = spans.flat<int32_t>().data();
    for (int64_t example = 0; example < batch_; ++example) {
      int32_t before = 0;
      for (int64_t part = 0; part < all.parts; ++part) {
        const int32_t* span = all.spans + 2 * (example * all.parts + part);
        if (span[0] < before || span[1] < span[0] || span[1] > all.keys) {
          return absl::InvalidArgumentError(absl::StrCat("expected spans in their order within ", all.keys, " keys, got ", span[0], " to ", span[1]));
        }
        before = span[1];
      }
    }
    return absl::OkStatus();
  }

  int64_t batch_, heads_, key_heads_;
  float scale_, soft_cap_;
};

// It reads the gradient of the result too, as its last input. A gradient that is not asked for has no numbers.
class AttentionGradientOp : public AttentionOp {
 public:
  explicit AttentionGradientOp(OpKernelConstruction* construction) : AttentionOp(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("needs_query", &needs_[0]));
    OP_REQUIRES_OK(construction, construction->GetAttr("needs_key", &needs_[1]));
    OP_REQUIRES_OK(construction, construction->GetAttr("needs_value", &needs_[2]));
  }

  void Compute(OpKernelContext* context) override {
    Attention all;
    OP_REQUIRES_OK(context, read(context, all));
    OP_REQUIRES_OK(context, requireAlike(context->input(0), context->input(5)));
    all.dy = floats(context->input(5));
    float** const gradients[] = {&all.dQuery, &all.dKey, &all.dValue};
    for (int i = 0; i < 3; ++i) {
      Tensor* gradient;
      const TensorShape shape = needs_[i] ? context->input(i).shape() : TensorShape({0});
      OP_REQUIRES_OK(context, context->allocate_output(i, shape, &gradient));
      *gradients[i] = needs_[i] ? floats(gradient) : nullptr;
    }
    shareUnits(context, all, formulas().attentionGradient);
  }

 private:
  int64_t needs_[3];
};

#define RANKFORGE_ATTENTION(NAME)    \
  REGISTER_OP(NAME)                  \
      .Attr("batch: int >= 1")       \
      .Attr("heads: int >= 1")       \
      .Attr("key_heads: int >= 1")   \
      .Attr("scale: float")          \
      .Attr("soft_cap: float")       \
      .Input("query: float")         \
      .Input("key: float")           \
      .Input("value: float")         \
      .Input("spans: int32")         \
      .Input("order: int32")
RANKFORGE_ATTENTION("RankforgeAttention").Output("y: float").SetShapeFn(shapedAsFirst);
RANKFORGE_ATTENTION("RankforgeAttentionGradient")
    .Input("dy: float")
    .Attr("needs_query: int")
    .Attr("needs_key: int")
    .Attr("needs_value: int")
    .Output("d_query: float")
    .Output("d_key: float")
    .Output("d_value: float")
    .SetShapeFn(tensorflow::shape_inference::UnknownShape);
#undef RANKFORGE_ATTENTION

REGISTER_KERNEL_BUILDER(Name("RankforgeAttention").Device(tensorflow::DEVICE_CPU), AttentionOp);
REGISTER_KERNEL_BUILDER(Name("RankforgeAttentionGradient").Device(tensorflow::DEVICE_CPU), AttentionGradientOp);

class RotaryOp : public OpKernel {
 public:
  using OpKernel::OpKernel;
  void Compute(OpKernelContext* context) override {
    const Tensor &x = context->input(0), &cosines = context->input(1), &sines = context->input(2);
    OP_REQUIRES_OK(context, requireAlike(cosines, sines));
    OP_REQUIRES(context, x.dims() == 2 && cosines.dims() == 2 && x.dim_size(0) % cosines.dim_size(0) == 0 && x.dim_size(1) % (2 * cosines.dim_size(1)) == 0,
                absl::InvalidArgumentError(absl::StrCat("expected rows of all positions and heads of two numbers for each angle, got ",
                                                        x.shape().DebugString(), " and angles ", cosines.shape().DebugString())));
    Tensor* y;
    OP_REQUIRES_OK(context, context->allocate_output(0, x.shape(), &y));
    const int64_t half = cosines.dim_size(1);
    const Rotary all{floats(x), floats(cosines), floats(sines), floats(y), cosines.dim_size(0), x.dim_size(1) / (2 * half), half};
    share(context, x.dim_size(0), kCost * x.dim_size(1), [&all](int64_t from, int64_t until) { formulas().rotary(all, from, until); });
  }
};

REGISTER_OP("RankforgeRotary")
    .Input("x: float")
    .Input("cosines: float")
    .Input("sines: float")
    .Output("y: float")
    .SetShapeFn(shapedAsFirst);
REGISTER_KERNEL_BUILDER(Name("RankforgeRotary").Device(tensorflow::DEVICE_CPU), RotaryOp);
