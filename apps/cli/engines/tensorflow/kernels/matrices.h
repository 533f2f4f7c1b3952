// Included by formulas.cc.

#if defined(__AVX512F__)
constexpr int64_t kLanes = 16, kTileRows = 8;
#elif defined(__AVX2__)
constexpr int64_t kLanes = 8, kTileRows = 6;
#else
constexpr int64_t kLanes = 4, kTileRows = 6;
#endif
typedef float Lanes __attribute__((vector_size(kLanes * sizeof(float)), aligned(sizeof(float)), may_alias));
constexpr int64_t kTileColumns = 2 * kLanes;

inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// Rows of the packed operands are as wide as some tiles of any processor.
inline int64_t padded(int64_t count) { return (count + 31) / 32 * 32; }

// A matrix whose rows and columns are so many numbers apart.
struct Strided {
  const float* at;
  int64_t row, column;
};

// c = a·b, or c += a·b, for `count` rows and a tile's columns.
template <int64_t count>
inline void multiplyTile(Strided a, const float* b, int64_t bRow, float* c, int64_t cRow, int64_t inner, bool adds) {
  Lanes sums[count][2];
#pragma GCC unroll 8
  for (int64_t r = 0; r < count; ++r) sums[r][0] = sums[r][1] = Lanes{};
  for (int64_t k = 0; k < inner; ++k) {
    const Lanes left = *reinterpret_cast<const Lanes*>(b + k * bRow);
    const Lanes right = *reinterpret_cast<const Lanes*>(b + k * bRow + kLanes);
#pragma GCC unroll 8
    for (int64_t r = 0; r < count; ++r) {
      const float factor = a.at[r * a.row + k * a.column];
      sums[r][0] += factor * left;
      sums[r][1] += factor * right;
    }
  }
#pragma GCC unroll 8
  for (int64_t r = 0; r < count; ++r) {
    Lanes* to = reinterpret_cast<Lanes*>(c + r * cRow);
    to[0] = adds ? to[0] + sums[r][0] : sums[r][0];
    to[1] = adds ? to[1] + sums[r][1] : sums[r][1];
  }
}

// c [rows, columns] = a [rows, inner] · b [inner, columns], or added to what c holds. Columns are padded.
void multiply(Strided a, const float* b, int64_t bRow, float* c, int64_t cRow, int64_t rows, int64_t columns, int64_t inner,
              bool adds) {
  for (int64_t column = 0; column < columns; column += kTileColumns) {
    int64_t row = 0;
    for (; row + kTileRows <= rows; row += kTileRows) {
      multiplyTile<kTileRows>({a.at + row * a.row, a.row, a.column}, b + column, bRow, c + row * cRow + column, cRow, inner, adds);
    }
    for (; row < rows; ++row) {
      multiplyTile<1>({a.at + row * a.row, a.row, a.column}, b + column, bRow, c + row * cRow + column, cRow, inner, adds);
    }
  }
}
