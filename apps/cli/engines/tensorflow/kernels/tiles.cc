#include "tiles.h"

#if defined(__x86_64__) && ((defined(__clang__) && __clang_major__ >= 12) || (!defined(__clang__) && __GNUC__ >= 11))
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace rankforge {
namespace {

#define TILES __attribute__((target("avx512f,avx512bw,amx-tile,amx-bf16")))

constexpr int64_t kSide = 16;    // rows of a tile, and columns of one of floats
constexpr int64_t kDepth = 32;   // numbers of 16 bits in a row of a tile
constexpr int64_t kTile = 1024;  // bytes
constexpr int64_t kParts = 3;
constexpr int64_t kStep = 2 * kParts * kTile;  // the tiles of a panel for kDepth numbers: of each part two, side by side

int64_t stepsOf(int64_t depth) { return (depth + kDepth - 1) / kDepth; }
// Bytes of `panels` packed panels of a block.
int64_t packedBytes(const RightBlock& block, int64_t panels) { return panels * stepsOf(block.depth) * kStep; }
int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// Sixteen floats from an address on, of which there are so many; zeros beyond. No row: zeros, and nothing is read.
TILES inline __m512 load(const float* from, int64_t count) {
  if (count >= kSide) return _mm512_loadu_ps(from);
  return _mm512_maskz_loadu_ps(count > 0 ? static_cast<__mmask16>((1u << count) - 1) : 0, from);
}

// The parts of floats, each in the upper half of its place.
struct Parts {
  __m512i of[kParts];
};

TILES inline Parts split(__m512 x) {
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
TILES inline __m512i upperHalves(__m512i low, __m512i high) {
  alignas(64) static constexpr uint16_t order[32] = {1,  3,  5,  7,  9,  11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31,
                                                     33, 35, 37, 39, 41, 43, 45, 47, 49, 51, 53, 55, 57, 59, 61, 63};
  return _mm512_permutex2var_epi16(low, _mm512_load_si512(order), high);
}

// Sixteen rows of sixteen places, turned where they are.
TILES inline void turn(__m512i rows[kSide]) {
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

inline char* tileAt(char* step, int64_t part, int64_t side) { return step + (2 * part + side) * kTile; }
inline const char* tileAt(const char* step, int64_t part, int64_t side) { return step + (2 * part + side) * kTile; }

// Writes a row of a tile of each part: thirty-two numbers.
TILES inline void storeRow(__m512 low, __m512 high, char* step, int64_t side, int64_t row) {
  const Parts lower = split(low), upper = split(high);
  for (int64_t part = 0; part < kParts; ++part) {
    _mm512_store_si512(tileAt(step, part, side) + 64 * row, upperHalves(lower.of[part], upper.of[part]));
  }
}

// A tile of rows whose numbers follow one another in memory: `count` rows, `apart` floats from one to the next, of `depth` numbers; zeros
// beyond.
TILES inline void storeRowsThatLie(const float* from, int64_t apart, int64_t count, int64_t depth, char* step, int64_t side) {
  for (int64_t row = 0; row < kSide; ++row) {
    const bool isThere = row < count;
    const float* at = from + (isThere ? row * apart : 0);
    storeRow(load(at, isThere ? depth : 0), load(at + kSide, isThere ? depth - kSide : 0), step, side, row);
  }
}

// The same of rows that lie as columns.
TILES inline void storeRowsThatStand(const float* from, int64_t apart, int64_t count, int64_t depth, char* step, int64_t side) {
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
    storeRow(_mm512_castsi512_ps(halves[0][row]), _mm512_castsi512_ps(halves[1][row]), step, side, row);
  }
}

// Two tiles of rows of a for kDepth numbers.
TILES void packLeft(const Product& p, int64_t row, int64_t inner, int64_t depth, char* step) {
  for (int64_t side = 0; side < 2; ++side) {
    const int64_t at = row + side * kSide, count = p.rows - at;
    // No address beyond the matrix is made for a tile that has no row.
    const int64_t from = count > 0 ? at : 0;
    if (p.turnsA) {
      storeRowsThatStand(p.a + inner * p.rows + from, p.rows, count, depth, step, side);
    } else {
      storeRowsThatLie(p.a + from * p.inner + inner, p.inner, count, depth, step, side);
    }
  }
}

// Two tiles of columns of b: a row of a tile has two numbers of each column, one after another.
TILES void packColumns(const Product& p, int64_t column, int64_t inner, int64_t depth, char* step) {
  for (int64_t side = 0; side < 2; ++side) {
    const int64_t at = column + side * kSide, count = p.columns - at;
    const int64_t from = count > 0 ? at : 0;
    if (p.turnsB) {
      storeRowsThatLie(p.b + from * p.inner + inner, p.inner, count, depth, step, side);
      for (int64_t part = 0; part < kParts; ++part) turn(reinterpret_cast<__m512i*>(tileAt(step, part, side)));
      continue;
    }
    for (int64_t pair = 0; pair < kSide; ++pair) {
      Parts of[2];
      for (int64_t i = 0; i < 2; ++i) {
        const bool isThere = 2 * pair + i < depth;
        const float* row = p.b + (inner + (isThere ? 2 * pair + i : 0)) * p.columns + from;
        of[i] = split(load(row, isThere ? count : 0));
      }
      for (int64_t part = 0; part < kParts; ++part) {
        const __m512i both = _mm512_or_si512(_mm512_srli_epi32(of[0].of[part], 16), of[1].of[part]);
        _mm512_store_si512(tileAt(step, part, side) + 64 * pair, both);
      }
    }
  }
}

TILES void configure() {
  struct alignas(64) {
    uint8_t palette = 1, start = 0, reserved[14] = {};
    uint16_t bytes[16] = {};
    uint8_t rows[16] = {};
  } shape;
  for (int i = 0; i < 8; ++i) {
    shape.bytes[i] = 64;
    shape.rows[i] = kSide;
  }
  _tile_loadconfig(&shape);
}

// Tiles 0 to 3 hold the panel of c, 4 and 5 rows of a, 6 and 7 columns of b.
TILES inline void loadRows(const char* step, int64_t part) {
  _tile_loadd(4, tileAt(step, part, 0), 64);
  _tile_loadd(5, tileAt(step, part, 1), 64);
}

TILES inline void loadColumns(const char* step, int64_t part) {
  _tile_loadd(6, tileAt(step, part, 0), 64);
  _tile_loadd(7, tileAt(step, part, 1), 64);
}

TILES inline void addProducts() {
  _tile_dpbf16ps(0, 4, 6);
  _tile_dpbf16ps(1, 4, 7);
  _tile_dpbf16ps(2, 5, 6);
  _tile_dpbf16ps(3, 5, 7);
}

// A panel's rows times a panel's columns: c [kPanel, kPanel], rows `apart` floats from one to the next.
TILES void multiplyPanel(const char* left, const char* right, int64_t steps, float* c, int64_t apart, bool adds) {
  const int64_t bytes = apart * static_cast<int64_t>(sizeof(float));
  float* const below = c + kSide * apart;
  if (adds) {
    _tile_loadd(0, c, bytes);
    _tile_loadd(1, c + kSide, bytes);
    _tile_loadd(2, below, bytes);
    _tile_loadd(3, below + kSide, bytes);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  for (int64_t step = 0; step < steps; ++step) {
    const char *a = left + step * kStep, *b = right + step * kStep;
    // From each product to the next one side stays.
    loadRows(a, 0);
    loadColumns(b, 2);
    addProducts();
    loadColumns(b, 1);
    addProducts();
    loadRows(a, 1);
    addProducts();
    loadColumns(b, 0);
    addProducts();
    loadRows(a, 2);
    addProducts();
    loadRows(a, 0);
    addProducts();
  }
  _tile_stored(0, c, bytes);
  _tile_stored(1, c + kSide, bytes);
  _tile_stored(2, below, bytes);
  _tile_stored(3, below + kSide, bytes);
}

// At the edge of c: by way of a whole panel.
TILES void multiplyAtEdge(const char* left, const char* right, int64_t steps, float* c, int64_t apart, int64_t rows, int64_t columns,
                          bool adds) {
  alignas(64) float whole[kPanel * kPanel];
  multiplyPanel(left, right, steps, whole, kPanel, false);
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < columns; ++i) {
      float& to = c[row * apart + i];
      to = adds ? to + whole[row * kPanel + i] : whole[row * kPanel + i];
    }
  }
}

// The system must be asked for the tiles' registers, once for all threads.
bool areAllowed() {
  constexpr long kRequest = 0x1023, kTileData = 18;
  unsigned int a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned int kTileBf16 = 1u << 22, kTileRegisters = 1u << 24;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d & kTileBf16) || !(d & kTileRegisters)) return false;
  return __builtin_cpu_supports("avx512bw") && syscall(SYS_arch_prctl, kRequest, kTileData) == 0;
}

}  // namespace

bool hasTiles() {
  static const bool has = areAllowed();
  return has;
}

void packRight(const Product& product, const RightBlock& block, int64_t panel, char* packed) {
  char* const to = packed + packedBytes(block, panel);
  for (int64_t step = 0; step < stepsOf(block.depth); ++step) {
    const int64_t at = step * kDepth;
    packColumns(product, block.column + panel * kPanel, block.inner + at, smaller(kDepth, block.depth - at), to + step * kStep);
  }
}

TILES void multiplyPanels(const Product& product, const RightBlock& block, const char* packed, int64_t from, int64_t until) {
  alignas(64) char left[kPackedInner / kDepth * kStep];
  const int64_t steps = stepsOf(block.depth);
  const bool adds = block.inner > 0;
  configure();
  for (int64_t panel = from; panel < until; ++panel) {
    const int64_t row = panel * kPanel, rows = smaller(kPanel, product.rows - row);
    for (int64_t step = 0; step < steps; ++step) {
      const int64_t at = step * kDepth;
      packLeft(product, row, block.inner + at, smaller(kDepth, block.depth - at), left + step * kStep);
    }
    for (int64_t done = 0; done < block.columns; done += kPanel) {
      const int64_t columns = smaller(kPanel, block.columns - done);
      float* const c = product.c + row * product.columns + block.column + done;
      const char* const right = packed + packedBytes(block, done / kPanel);
      if (rows == kPanel && columns == kPanel) {
        multiplyPanel(left, right, steps, c, product.columns, adds);
      } else {
        multiplyAtEdge(left, right, steps, c, product.columns, rows, columns, adds);
      }
    }
  }
  _tile_release();
}

#undef TILES

}  // namespace rankforge

#else

namespace rankforge {

// A compiler that knows no such instructions.
bool hasTiles() { return false; }
void packRight(const Product&, const RightBlock&, int64_t, char*) {}
void multiplyPanels(const Product&, const RightBlock&, const char*, int64_t, int64_t) {}

}  // namespace rankforge
#endif
