// Products of float matrices by tile instructions (AMX), which multiply numbers of 16 bits. Nothing here knows TensorFlow.
//
// A float is the sum of three bfloat16 to the bit: they hold its upper, middle and lower eight bits. Of the nine products of the parts of
// two floats the six largest are added up, in float32; the rest is below the rounding of float32. Sums are no less exact than those of
// products of floats. An infinite number becomes one that is none (NaN), and parts below 1e-38 become 0.
#pragma once
#include <cstdint>

namespace rankforge {

// c [rows, columns] = a [rows, inner] · b [inner, columns]; either is turned where it lies as its transpose.
struct Product {
  const float* a;
  const float* b;
  float* c;
  int64_t rows, columns, inner;
  bool turnsA, turnsB;
};

// Whether this processor has the instructions and the system lets this process use them.
bool hasTiles();

// Rows and columns of c that are computed together.
constexpr int64_t kPanel = 32;
// Columns of b, and numbers of each, that are packed at a time: about as much as a core's own cache holds.
constexpr int64_t kPackedColumns = 384, kPackedInner = 512;

// A part of b: so many columns and rows from these on.
struct RightBlock {
  int64_t column, columns, inner, depth;
};

// A block, packed: three numbers of 16 bits for each float.
struct alignas(64) PackedBlock {
  char bytes[6 * kPackedColumns * kPackedInner];
};

// Packs one panel of columns of a block.
void packRight(const Product& product, const RightBlock& block, int64_t panel, char* packed);

// Computes panels of rows of c, from one on up to another, with a packed block: its first rows of b give c, later ones are added.
void multiplyPanels(const Product& product, const RightBlock& block, const char* packed, int64_t from, int64_t until);

}  // namespace rankforge
