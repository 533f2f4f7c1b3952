// Products of matrices: operands are packed in blocks, and panels of the result are computed from these. Nothing here knows TensorFlow.
#pragma once
#include <cstdint>

namespace rankforge {

// c [rows, columns] = a [rows, inner] · b [inner, columns]; either is turned where it lies as its transpose.
struct Product {
  const float* a;
  const float* b;           // null where b is held in halves
  const uint16_t* halvedB;  // in bfloat16
  float* c;
  int64_t rows, columns, inner;
  bool turnsA, turnsB;
};

// Rows and columns of c that are computed together.
constexpr int64_t kPanel = 32;

// A part of b: so many columns and rows from these on.
struct RightBlock {
  int64_t column, columns, inner, depth;
  bool isLast(const Product& product) const { return inner + depth == product.inner; }
};

// Bytes of a packed block at the most: about as much as a core's own cache holds.
constexpr int64_t kPackedBytes = 6 * 384 * 512;

struct alignas(64) PackedBlock {
  char bytes[kPackedBytes];
};

// One way to multiply.
struct Multiplier {
  // Columns of b, and numbers of each, that are packed at a time.
  int64_t columns, inner;
  void (*packRight)(const Product& product, const RightBlock& block, char* packed);
  // Computes panels of rows of c, from one on up to another, with a packed block: its first rows of b give c, later ones are added.
  void (*multiplyPanels)(const Product& product, const RightBlock& block, const char* packed, int64_t from, int64_t until);
};

}  // namespace rankforge
