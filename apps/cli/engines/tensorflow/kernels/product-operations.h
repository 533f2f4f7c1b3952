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

// Computes a product, whose c is there, by the threads that TensorFlow has. Each number of it is summed in one order, whatever their number.
class ByPanels {
 public:
  static void multiply(OpKernelContext* context, const Multiplier& multiplier, const Product& product) {
    // Threads take panels of the longer side. Each packs what it reads: what another has packed lies in that one's cache.
    const bool sharesRows = product.rows > product.columns;
    const int64_t panels = panelsOf(sharesRows ? product.rows : product.columns), other = sharesRows ? product.columns : product.rows;
    share(context, panels, kPanel * other * product.inner / 64, [&](int64_t from, int64_t until) {
      const Piece all{0, panelsOf(product.rows), 0, product.columns};
      const int64_t end = std::min(until * kPanel, product.columns);
      multiplyPiece(multiplier, product, sharesRows ? Piece{from, until, 0, all.endColumn} : Piece{0, all.endPanel, from * kPanel, end});
    });
  }

 private:
  // Panels of rows, and columns, from one on up to another.
  struct Piece {
    int64_t panel, endPanel, column, endColumn;
  };

  static int64_t panelsOf(int64_t count) { return (count + kPanel - 1) / kPanel; }

  static void multiplyPiece(const Multiplier& multiplier, const Product& product, const Piece& piece) {
    static thread_local const std::unique_ptr<PackedBlock> packed(new PackedBlock);
    for (int64_t column = piece.column; column < piece.endColumn; column += multiplier.columns) {
      for (int64_t at = 0; at < product.inner; at += multiplier.inner) {
        const int64_t columns = std::min(multiplier.columns, piece.endColumn - column);
        const RightBlock block{column, columns, at, std::min(multiplier.inner, product.inner - at)};
        multiplier.packRight(product, block, packed->bytes);
        multiplier.multiplyPanels(product, block, packed->bytes, piece.panel, piece.endPanel);
      }
    }
  }
};

// The product of two matrices by tiles.
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
    ByPanels::multiply(context, exactByTiles(), {floats(a), floats(b), nullptr, floats(c), rows, columns, inner, turnsA_, turnsB_});
  }

 private:
  bool turnsA_, turnsB_;
};

// x [rows, inner] times a kernel of `kernel_rows` rows, both rounded to bfloat16, and the product too. The kernel is of floats, or of words
// with two numbers of bfloat16 each, lower bits first. It is multiplied by the best way that the processor has, up to `best`.
class MultiplyInBfloat16Op : public OpKernel {
 public:
  explicit MultiplyInBfloat16Op(OpKernelConstruction* construction) : OpKernel(construction) {
    OP_REQUIRES_OK(construction, construction->GetAttr("transpose_kernel", &turns_));
    OP_REQUIRES_OK(construction, construction->GetAttr("kernel_rows", &kernelRows_));
    OP_REQUIRES_OK(construction, construction->GetAttr("kernel_columns", &kernelColumns_));
    OP_REQUIRES_OK(construction, construction->GetAttr("best", &best_));
  }

  void Compute(OpKernelContext* context) override {
    const Tensor &x = context->input(0), &kernel = context->input(1);
    const bool isHalved = kernel.dtype() == tensorflow::DT_INT32;
    const int64_t inner = turns_ ? kernelColumns_ : kernelRows_, columns = turns_ ? kernelRows_ : kernelColumns_;
    const int64_t numbers = kernelRows_ * kernelColumns_;
    OP_REQUIRES(context, x.dims() == 2 && x.dim_size(1) == inner && kernel.NumElements() == (isHalved ? (numbers + 1) / 2 : numbers),
                absl::InvalidArgumentError(absl::StrCat("expected rows of ", inner, " numbers and a kernel of ", kernelRows_, " x ",
                                                        kernelColumns_, ", got ", x.shape().DebugString(), " and ",
                                                        kernel.shape().DebugString())));
    Tensor* y;
    OP_REQUIRES_OK(context, context->allocate_output(0, TensorShape({x.dim_size(0), columns}), &y));
    if (inner == 0) y->flat<float>().setZero();
    const uint16_t* halves = isHalved ? reinterpret_cast<const uint16_t*>(kernel.flat<int32_t>().data()) : nullptr;
    const Product product{floats(x), isHalved ? nullptr : floats(kernel), halves, floats(y), x.dim_size(0), columns, inner, false, turns_};
    ByPanels::multiply(context, multiplier(), product);
  }

 private:
  const Multiplier& multiplier() const {
    if (best_ == "tiles" && hasTiles()) return halvedByTiles();
    return best_ != "loops" && hasPairs() ? halvedByPairs() : formulas().halved;
  }

  bool turns_;
  int64_t kernelRows_, kernelColumns_;
  std::string best_;
};

REGISTER_OP("RankforgeHasTiles").Output("has: int32").SetShapeFn(tensorflow::shape_inference::UnknownShape);
REGISTER_OP("RankforgeMultiplyByTiles")
    .Attr("transpose_a: bool")
    .Attr("transpose_b: bool")
    .Input("a: float")
    .Input("b: float")
    .Output("product: float")
    .SetShapeFn(tensorflow::shape_inference::MatMulShape);
REGISTER_OP("RankforgeMultiplyInBfloat16")
    .Attr("T: {float, int32}")
    .Attr("transpose_kernel: bool")
    .Attr("kernel_rows: int")
    .Attr("kernel_columns: int")
    .Attr("best: {'tiles', 'pairs', 'loops'} = 'tiles'")
    .Input("x: float")
    .Input("kernel: T")
    .Output("y: float")
    .SetShapeFn(tensorflow::shape_inference::UnknownShape);
REGISTER_KERNEL_BUILDER(Name("RankforgeHasTiles").Device(tensorflow::DEVICE_CPU), HasTilesOp);
REGISTER_KERNEL_BUILDER(Name("RankforgeMultiplyByTiles").Device(tensorflow::DEVICE_CPU), MultiplyByTilesOp);
REGISTER_KERNEL_BUILDER(Name("RankforgeMultiplyInBfloat16").Device(tensorflow::DEVICE_CPU), MultiplyInBfloat16Op);
