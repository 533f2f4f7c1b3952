// Included by operations.cc.

// 1 where the processor has tiles, 0 elsewhere.
class HasTilesOp : public OpKernel {
 public:
  using OpKernel::OpKernel;
  void Compute(OpKernelContext* context) override {
    Tensor* has;
    OP_REQUIRES_OK(context, context->allocate_output(0, TensorShape({1}), &has));
    has->flat<int32_t>()(0) = hasTiles() ? 1 : 0;
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
    if (inner == 0) c->flat<float>().setZero();
    const Product product{floats(a), floats(b), floats(c), rows, columns, inner, turnsA_, turnsB_};
    // Threads take panels of the longer side. Each packs what it reads: what another has packed lies in that one's cache.
    const bool sharesRows = rows > columns;
    const int64_t panels = panelsOf(sharesRows ? rows : columns), other = sharesRows ? columns : rows;
    share(context, panels, kPanel * other * inner / 64, [&product, sharesRows](int64_t from, int64_t until) {
      const Piece all{0, panelsOf(product.rows), 0, product.columns};
      const int64_t end = std::min(until * kPanel, product.columns);
      multiplyPiece(product, sharesRows ? Piece{from, until, 0, all.endColumn} : Piece{0, all.endPanel, from * kPanel, end});
    });
  }

 private:
  // Panels of rows, and columns, from one on up to another.
  struct Piece {
    int64_t panel, endPanel, column, endColumn;
  };

  static int64_t panelsOf(int64_t count) { return (count + kPanel - 1) / kPanel; }

  static void multiplyPiece(const Product& product, const Piece& piece) {
    static thread_local const std::unique_ptr<PackedBlock> packed(new PackedBlock);
    for (int64_t column = piece.column; column < piece.endColumn; column += kPackedColumns) {
      for (int64_t at = 0; at < product.inner; at += kPackedInner) {
        const int64_t columns = std::min(kPackedColumns, piece.endColumn - column);
        const RightBlock block{column, columns, at, std::min(kPackedInner, product.inner - at)};
        for (int64_t panel = 0; panel < panelsOf(columns); ++panel) packRight(product, block, panel, packed->bytes);
        multiplyPanels(product, block, packed->bytes, piece.panel, piece.endPanel);
      }
    }
  }

  bool turnsA_, turnsB_;
};

REGISTER_OP("RankforgeHasTiles").Output("has: int32").SetShapeFn(tensorflow::shape_inference::UnknownShape);
REGISTER_OP("RankforgeMultiplyByTiles")
    .Attr("transpose_a: bool")
    .Attr("transpose_b: bool")
    .Input("a: float")
    .Input("b: float")
    .Output("product: float")
    .SetShapeFn(tensorflow::shape_inference::MatMulShape);
REGISTER_KERNEL_BUILDER(Name("RankforgeHasTiles").Device(tensorflow::DEVICE_CPU), HasTilesOp);
REGISTER_KERNEL_BUILDER(Name("RankforgeMultiplyByTiles").Device(tensorflow::DEVICE_CPU), MultiplyByTilesOp);
