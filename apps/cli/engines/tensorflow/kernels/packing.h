// Included by tiles.cc. Floats become tiles of numbers of 16 bits.

constexpr int64_t kSide = 16;    // rows of a tile, and columns of one of floats
constexpr int64_t kDepth = 32;   // numbers of 16 bits in a row of a tile
constexpr int64_t kTile = 1024;  // bytes

// How floats become numbers of 16 bits: so many for each. One is the nearest to it; three add up to it.
constexpr int64_t kNearest = 1, kExact = 3;

// Bytes of the tiles of a panel for kDepth numbers: of each part two, side by side.
template <int64_t parts>
constexpr int64_t kStep = 2 * parts * kTile;

// Columns of b, and numbers of each, that are packed at a time: the fastest of some that fit.
template <int64_t parts>
constexpr int64_t kPackedColumns = parts == kExact ? 384 : 768;
template <int64_t parts>
constexpr int64_t kPackedInner = parts == kExact ? 512 : 384;

int64_t stepsOf(int64_t depth) { return (depth + kDepth - 1) / kDepth; }
// Bytes of `panels` packed panels of a block.
template <int64_t parts>
int64_t packedBytes(const RightBlock& block, int64_t panels) {
  return panels * stepsOf(block.depth) * kStep<parts>;
}
int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

inline uint32_t firstOf(int64_t count) { return count > 0 ? (1u << count) - 1 : 0; }

// Sixteen numbers from an address on, of which there are so many; zeros beyond. No row: zeros, and nothing is read.
HALVES inline __m512 load(const float* from, int64_t count) {
  if (count >= kSide) return _mm512_loadu_ps(from);
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>(firstOf(count)), from);
}

HALVES inline __m512 load(const uint16_t* from, int64_t count) {
  const __m512i halves = _mm512_maskz_loadu_epi16(count >= kSide ? 0xffffu : firstOf(count), from);
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm512_castsi512_si256(halves)), 16));
}

// The parts of floats, each in the upper half of its place.
struct Parts {
  __m512i of[kExact];
};

HALVES inline Parts split(__m512 x) {
  const __m512i upper = _mm512_set1_epi32(static_cast<int>(0xffff0000u));
  Parts parts;
  parts.of[0] = _mm512_and_si512(_mm512_castps_si512(x), upper);
  x = _mm512_sub_ps(x, _mm512_castsi512_ps(parts.of[0]));
  parts.of[1] = _mm512_and_si512(_mm512_castps_si512(x), upper);
  // Eight bits are left.
  parts.of[2] = _mm512_castps_si512(_mm512_sub_ps(x, _mm512_castsi512_ps(parts.of[1])));
  return parts;
}

// The upper halves of two times sixteen places, one after another.
HALVES inline __m512i upperHalves(__m512i low, __m512i high) {
  alignas(64) static constexpr uint16_t order[32] = {1,  3,  5,  7,  9,  11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31,
                                                     33, 35, 37, 39, 41, 43, 45, 47, 49, 51, 53, 55, 57, 59, 61, 63};
  return _mm512_permutex2var_epi16(low, _mm512_load_si512(order), high);
}

// Sixteen rows of sixteen places, turned where they are.
HALVES inline void turn(__m512i rows[kSide]) {
  __m512i pairs[kSide], fours[kSide];
  for (int i = 0; i < 16; i += 2) {
    pairs[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    pairs[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    fours[i] = _mm512_unpacklo_epi64(pairs[i], pairs[i + 2]);
    fours[i + 1] = _mm512_unpackhi_epi64(pairs[i], pairs[i + 2]);
    fours[i + 2] = _mm512_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
    fours[i + 3] = _mm512_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
  }
  for (int i = 0; i < 4; ++i) {
    const __m512i a = _mm512_shuffle_i32x4(fours[i], fours[i + 4], 0x88);
    const __m512i b = _mm512_shuffle_i32x4(fours[i], fours[i + 4], 0xdd);
    const __m512i c = _mm512_shuffle_i32x4(fours[i + 8], fours[i + 12], 0x88);
    const __m512i d = _mm512_shuffle_i32x4(fours[i + 8], fours[i + 12], 0xdd);
    rows[i] = _mm512_shuffle_i32x4(a, c, 0x88);
    rows[i + 8] = _mm512_shuffle_i32x4(a, c, 0xdd);
    rows[i + 4] = _mm512_shuffle_i32x4(b, d, 0x88);
    rows[i + 12] = _mm512_shuffle_i32x4(b, d, 0xdd);
  }
}

// The nearest of sixteen floats each, one after another.
HALVES inline __m512i nearest(__m512 low, __m512 high) { return (__m512i)_mm512_cvtne2ps_pbh(high, low); }

inline char* tileAt(char* step, int64_t part, int64_t side) { return step + (2 * part + side) * kTile; }
inline const char* tileAt(const char* step, int64_t part, int64_t side) { return step + (2 * part + side) * kTile; }

// Writes a row of a tile of each part: thirty-two numbers.
template <int64_t parts>
HALVES inline void storeRow(__m512 low, __m512 high, char* step, int64_t side, int64_t row) {
  if constexpr (parts == kNearest) {
    _mm512_store_si512(tileAt(step, 0, side) + 64 * row, nearest(low, high));
  } else {
    const Parts lower = split(low), upper = split(high);
    for (int64_t part = 0; part < parts; ++part) {
      _mm512_store_si512(tileAt(step, part, side) + 64 * row, upperHalves(lower.of[part], upper.of[part]));
    }
  }
}

// The same of two numbers of each of sixteen columns, one after another.
template <int64_t parts>
HALVES inline void storePairs(__m512 first, __m512 second, char* step, int64_t side, int64_t row) {
  if constexpr (parts == kNearest) {
    alignas(64) static constexpr uint16_t order[32] = {0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
                                                       8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    const __m512i both = _mm512_permutexvar_epi16(_mm512_load_si512(order), nearest(first, second));
    _mm512_store_si512(tileAt(step, 0, side) + 64 * row, both);
  } else {
    const Parts even = split(first), odd = split(second);
    for (int64_t part = 0; part < parts; ++part) {
      const __m512i both = _mm512_or_si512(_mm512_srli_epi32(even.of[part], 16), odd.of[part]);
      _mm512_store_si512(tileAt(step, part, side) + 64 * row, both);
    }
  }
}

// A tile of rows whose numbers follow one another in memory: `count` rows, `apart` numbers from one to the next, of `depth` numbers; zeros
// beyond.
template <int64_t parts, typename From>
HALVES inline void storeRowsThatLie(const From* from, int64_t apart, int64_t count, int64_t depth, char* step, int64_t side) {
  for (int64_t row = 0; row < kSide; ++row) {
    const bool isThere = row < count;
    const From* at = from + (isThere ? row * apart : 0);
    storeRow<parts>(load(at, isThere ? depth : 0), load(at + kSide, isThere ? depth - kSide : 0), step, side, row);
  }
}

// The same of rows that lie as columns.
template <int64_t parts>
HALVES inline void storeRowsThatStand(const float* from, int64_t apart, int64_t count, int64_t depth, char* step, int64_t side) {
  __m512i halves[2][kSide];
  for (int64_t half = 0; half < 2; ++half) {
    for (int64_t i = 0; i < kSide; ++i) {
      const int64_t at = half * kSide + i;
      const bool isThere = at < depth;
      halves[half][i] = _mm512_castps_si512(load(from + (isThere ? at * apart : 0), isThere ? count : 0));
    }
    turn(halves[half]);
  }
  for (int64_t row = 0; row < kSide; ++row) {
    storeRow<parts>(_mm512_castsi512_ps(halves[0][row]), _mm512_castsi512_ps(halves[1][row]), step, side, row);
  }
}

// Two tiles of rows of a for kDepth numbers.
template <int64_t parts>
HALVES void packLeft(const Product& p, int64_t row, int64_t inner, int64_t depth, char* step) {
  for (int64_t side = 0; side < 2; ++side) {
    const int64_t at = row + side * kSide, count = p.rows - at;
    // No address beyond the matrix is made for a tile that has no row.
    const int64_t from = count > 0 ? at : 0;
    if (p.turnsA) {
      storeRowsThatStand<parts>(p.a + inner * p.rows + from, p.rows, count, depth, step, side);
    } else {
      storeRowsThatLie<parts>(p.a + from * p.inner + inner, p.inner, count, depth, step, side);
    }
  }
}

// Two tiles of columns of b: a row of a tile has two numbers of each column, one after another.
template <int64_t parts, typename From>
HALVES void packColumns(const From* b, const Product& p, int64_t column, int64_t inner, int64_t depth, char* step) {
  for (int64_t side = 0; side < 2; ++side) {
    const int64_t at = column + side * kSide, count = p.columns - at;
    const int64_t from = count > 0 ? at : 0;
    if (p.turnsB) {
      storeRowsThatLie<parts>(b + from * p.inner + inner, p.inner, count, depth, step, side);
      for (int64_t part = 0; part < parts; ++part) turn(reinterpret_cast<__m512i*>(tileAt(step, part, side)));
      continue;
    }
    const auto rowAt = [&](int64_t i) HALVES {
      const bool isThere = i < depth;
      return load(b + (inner + (isThere ? i : 0)) * p.columns + from, isThere ? count : 0);
    };
    for (int64_t pair = 0; pair < kSide; ++pair) storePairs<parts>(rowAt(2 * pair), rowAt(2 * pair + 1), step, side, pair);
  }
}
