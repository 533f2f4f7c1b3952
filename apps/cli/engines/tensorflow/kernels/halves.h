// Included by formulas.cc. Products of numbers that are rounded to bfloat16, by floats: for processors without tiles.

constexpr int64_t kLoopColumns = 256, kLoopInner = 384;

inline float ofBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

// The nearest number of bfloat16; of two as near the even one.
inline float rounded(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  // NaN stays NaN, whatever its lower half holds. The compiler may take any comparison of floats to be one of numbers.
  if ((bits & 0x7fffffffu) > 0x7f800000u) return value;
  return ofBits((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000u);
}

inline float roundedOf(const float* b, int64_t at) { return rounded(b[at]); }
inline float roundedOf(const uint16_t* b, int64_t at) { return ofBits(static_cast<uint32_t>(b[at]) << 16); }

// A panel of columns as [depth, kPanel], zeros beyond the matrix.
template <typename From>
void packRounded(const From* b, const Product& p, const RightBlock& block, int64_t panel, float* to) {
  const int64_t first = panel * kPanel, count = smaller(kPanel, block.columns - first);
  const int64_t row = p.turnsB ? 1 : p.columns, column = p.turnsB ? p.inner : 1;
  const From* from = b + block.inner * row + (block.column + first) * column;
  for (int64_t k = 0; k < block.depth; ++k, from += row, to += kPanel) {
    for (int64_t i = 0; i < count; ++i) to[i] = roundedOf(from, i * column);
    for (int64_t i = count; i < kPanel; ++i) to[i] = 0;
  }
}

void packRightRounded(const Product& product, const RightBlock& block, char* packed) {
  float* to = reinterpret_cast<float*>(packed);
  for (int64_t panel = 0; panel * kPanel < block.columns; ++panel, to += block.depth * kPanel) {
    if (product.halvedB != nullptr) {
      packRounded(product.halvedB, product, block, panel, to);
    } else {
      packRounded(product.b, product, block, panel, to);
    }
  }
}

void multiplyRounded(const Product& p, const RightBlock& block, const char* packed, int64_t from, int64_t until) {
  float left[kPanel * kLoopInner], sums[kPanel * kPanel];
  const int64_t row = p.turnsA ? 1 : p.inner, inner = p.turnsA ? p.rows : 1;
  for (int64_t panel = from; panel < until; ++panel) {
    const int64_t first = panel * kPanel, rows = smaller(kPanel, p.rows - first);
    for (int64_t r = 0; r < rows; ++r) {
      const float* a = p.a + (first + r) * row + block.inner * inner;
      for (int64_t k = 0; k < block.depth; ++k) left[r * block.depth + k] = rounded(a[k * inner]);
    }
    const float* right = reinterpret_cast<const float*>(packed);
    for (int64_t done = 0; done < block.columns; done += kPanel, right += block.depth * kPanel) {
      multiply({left, block.depth, 1}, right, kPanel, sums, kPanel, rows, kPanel, block.depth, false);
      const int64_t columns = smaller(kPanel, block.columns - done);
      for (int64_t r = 0; r < rows; ++r) {
        float* c = p.c + (first + r) * p.columns + block.column + done;
        for (int64_t i = 0; i < columns; ++i) {
          const float sum = block.inner > 0 ? c[i] + sums[r * kPanel + i] : sums[r * kPanel + i];
          c[i] = block.isLast(p) ? rounded(sum) : sum;
        }
      }
    }
  }
}
