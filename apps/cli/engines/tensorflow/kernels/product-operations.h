// Included by operations.cc.

// 1 where matrices are to be multiplied by tiles, 0 elsewhere: several threads share out MatMul better.
class PrefersTilesOp : public OpKernel {
 public:
  using OpKernel::OpKernel;
  void Compute(OpKernelContext* context) override {
    Tensor* prefers;
    OP_REQUIRES_OK(context, context->allocate_output(0, TensorShape({1}), &prefers));
    const bool isAlone = context->device()->tensorflow_cpu_worker_threads()->num_threads == 1;
    prefers->flat<int32_t>()(0) = isAlone && hasTiles() ? 1 : 0;
  }
};

// The product of two matrices by tiles. Each number of it is summed in one order, whatever the number of threads.
class MultiplyByTilesOp : public OpKernel {
 public:
  explicit MultiplyByTilesOp(OpKernelConstruction* construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("transpose_a", &turnsA_));
    OP_REQUIRES_OK(construction, construction->GetAttr("transpose_b", &turnsB_));
  }

  void Compute(OpKernelContext* context) override {
    const Tensor &a = context->input(0), &b = context->input(1);
    OP_REQUIRES(context, hasTiles(), absl::FailedPreconditionError("expected a processor with tiles for floats of 16 bits (AMX)"));
    const bool areMatrices = a.dims() == 2 && b.dims() == 2;
    OP_REQUIRES(context, areMatrices && a.dim_size(turnsA_ ? 0 : 1) == b.dim_size(turnsB_ ? 1 : 0),
                absl::InvalidArgumentError(absl::StrCat("expected two matrices that can be multiplied, got ", a.shape().DebugString(),
                                                        turnsA_ ? " turned" : "", " and ", b.shape().DebugString(),
                                                        turnsB_ ? " turned" : "")));
    const int64_t rows = a.dim_size(turnsA_ ? 1 : 0), inner = a.dim_size(turnsA_ ? 0 : 1), columns = b.dim_size(turnsB_ ? 0 : 1);
    Tensor* c;
    OP_REQUIRES_OK(context, context->allocate_output(0, TensorShape({rows, columns}), &c));
    const Product product{floats(a), floats(b), floats(c), rows, columns, inner, turnsA_, turnsB_};
    if (inner == 0) c->flat<float>().setZero();
    for (int64_t column = 0; column < columns; column += kPackedColumns) {
      for (int64_t at = 0; at < inner; at += kPackedInner) {
        const RightBlock block{column, std::min(kPackedColumns, columns - column), at, std::min(kPackedInner, inner - at)};
        OP_REQUIRES_OK(context, multiply(context, product, block));
      }
    }
  }

 private:
  static absl::Status multiply(OpKernelContext* context, const Product& product, const RightBlock& block) {
    const auto panels = [](int64_t count) { return (count + kPanel - 1) / kPanel; };
    Tensor packed;
    const TensorShape bytes({packedBytes(block, panels(block.columns))});
    TF_RETURN_IF_ERROR(context->allocate_temp(tensorflow::DT_INT8, bytes, &packed));
    char* const to = reinterpret_cast<char*>(packed.flat<int8_t>().data());
    share(context, panels(block.columns), kPanel * block.depth, [&product, &block, to](int64_t from, int64_t until) {
      for (int64_t panel = from; panel < until; ++panel) packRight(product, block, panel, to);
    });
    share(context, panels(product.rows), kPanel * block.columns * block.depth / 64, [&product, &block, to](int64_t from, int64_t until) {
      multiplyPanels(product, block, to, from, until);
    });
    return absl::OkStatus();
  }

  bool turnsA_, turnsB_;
};

REGISTER_OP("RankforgePrefersTiles").Output("prefers: int32").SetShapeFn(tensorflow::shape_inference::UnknownShape);
REGISTER_OP("RankforgeMultiplyByTiles")
    .Attr("transpose_a: bool")
    .Attr("transpose_b: bool")
    .Input("a: float")
    .Input("b: float")
    .Output("product: float")
    .SetShapeFn(tensorflow::shape_inference::MatMulShape);
REGISTER_KERNEL_BUILDER(Name("RankforgePrefersTiles").Device(tensorflow::DEVICE_CPU), PrefersTilesOp);
REGISTER_KERNEL_BUILDER(Name("RankforgeMultiplyByTiles").Device(tensorflow::DEVICE_CPU), MultiplyByTilesOp);
