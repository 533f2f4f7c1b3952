// Included by operations.cc.

// Cross-entropy of rows of logits, whose gradient is written where they lie: nothing else reads them. Inputs `logits`, `targets` and `weights`.
class TokenLossOp : public OpKernel {
 public:
  explicit TokenLossOp(OpKernelConstruction* construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("soft_cap", &soft_cap_));
  }
  void Compute(OpKernelContext* context) override {
    const Tensor &logits = context->input(0), &targets = context->input(1), &weights = context->input(2);
    OP_REQUIRES(context, logits.dims() == 2 && logits.dim_size(1) > 0,
                absl::InvalidArgumentError(absl::StrCat("expected logits [rows, tokens], got ", logits.shape().DebugString())));
    const Rows rows = rowsOf(logits);
    OP_REQUIRES_OK(context, requireRows(targets, rows));
    OP_REQUIRES_OK(context, requireRows(weights, rows));
    const int32_t* const chosen = targets.flat<int32_t>().data();
    for (int64_t row = 0; row < rows.count; ++row) {
      OP_REQUIRES(context, chosen[row] >= 0 && chosen[row] < rows.width,
                  absl::InvalidArgumentError(absl::StrCat("expected targets from 0 to ", rows.width - 1, ", got ", chosen[row])));
    }
    Tensor* losses;
    OP_REQUIRES_OK(context, context->allocate_output(1, TensorShape({rows.count}), &losses));
    const TokenLoss all{const_cast<float*>(floats(logits)), chosen, floats(weights), soft_cap_, floats(losses), rows.width};
    share(context, rows.count, kCost * rows.width,
          [&all](int64_t from, int64_t until) { formulas().tokenLoss(all, from, until); });
    context->set_output(0, logits);
  }

 private:
  float soft_cap_;
};

absl::Status tokenLossShapes(InferenceContext* context) {
  context->set_output(0, context->input(0));
  context->set_output(1, context->input(1));
  return absl::OkStatus();
}

REGISTER_OP("RankforgeTokenLoss")
    .Attr("soft_cap: float")
    .Input("logits: float")
    .Input("targets: int32")
    .Input("weights: float")
    .Output("gradient: float")
    .Output("losses: float")
    .SetShapeFn(tokenLossShapes);
REGISTER_KERNEL_BUILDER(Name("RankforgeTokenLoss").Device(tensorflow::DEVICE_CPU), TokenLossOp);
