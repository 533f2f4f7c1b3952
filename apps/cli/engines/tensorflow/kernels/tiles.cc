#include "tiles.h"

#if defined(__x86_64__) && ((defined(__clang__) && __clang_major__ >= 12) || (!defined(__clang__) && __GNUC__ >= 11))
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace rankforge {
namespace {

#define HALVES __attribute__((target("avx512f,avx512bw,avx512bf16")))
#define TILES __attribute__((target("avx512f,avx512bw,avx512bf16,amx-tile,amx-bf16")))

#include "packing.h"

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

// The tiles of kDepth numbers, multiplied.
template <int64_t parts>
TILES inline void addStep(const char* a, const char* b) {
  if constexpr (parts == kNearest) {
    loadRows(a, 0);
    loadColumns(b, 0);
    addProducts();
  } else {
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
}

// A panel's rows times a panel's columns: c [kPanel, kPanel], rows `apart` floats from one to the next.
template <int64_t parts>
TILES void multiplyPanelByTiles(const char* left, const char* right, int64_t steps, float* c, int64_t apart, bool adds) {
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
  for (int64_t step = 0; step < steps; ++step) addStep<parts>(left + step * kStep<parts>, right + step * kStep<parts>);
  _tile_stored(0, c, bytes);
  _tile_stored(1, c + kSide, bytes);
  _tile_stored(2, below, bytes);
  _tile_stored(3, below + kSide, bytes);
}

// The same of numbers of 16 bits without tiles: a row of a times a pair of numbers of each column at a time.
HALVES void multiplyPanelByPairs(const char* left, const char* right, int64_t steps, float* c, int64_t apart, bool adds) {
  constexpr int64_t kRows = 8;
  for (int64_t first = 0; first < kPanel; first += kRows, c += kRows * apart) {
    __m512 sums[kRows][2];
#pragma GCC unroll 8
    for (int64_t r = 0; r < kRows; ++r) {
      for (int64_t side = 0; side < 2; ++side) sums[r][side] = adds ? _mm512_loadu_ps(c + r * apart + side * kSide) : _mm512_setzero_ps();
    }
    for (int64_t step = 0; step < steps; ++step) {
      const int32_t* rows = reinterpret_cast<const int32_t*>(tileAt(left + step * kStep<kNearest>, 0, first / kSide)) + first % kSide * kSide;
      const char* columns = right + step * kStep<kNearest>;
      for (int64_t pair = 0; pair < kSide; ++pair) {
        const auto low = (__m512bh)_mm512_load_si512(tileAt(columns, 0, 0) + 64 * pair);
        const auto high = (__m512bh)_mm512_load_si512(tileAt(columns, 0, 1) + 64 * pair);
#pragma GCC unroll 8
        for (int64_t r = 0; r < kRows; ++r) {
          const auto row = (__m512bh)_mm512_set1_epi32(rows[r * kSide + pair]);
          sums[r][0] = _mm512_dpbf16_ps(sums[r][0], row, low);
          sums[r][1] = _mm512_dpbf16_ps(sums[r][1], row, high);
        }
      }
    }
#pragma GCC unroll 8
    for (int64_t r = 0; r < kRows; ++r) {
      for (int64_t side = 0; side < 2; ++side) _mm512_storeu_ps(c + r * apart + side * kSide, sums[r][side]);
    }
  }
}

// Writes what c has of a whole panel at its edge, or adds it.
void copyFromWhole(const float* whole, float* c, int64_t apart, int64_t rows, int64_t columns, bool adds) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < columns; ++i) {
      float& to = c[row * apart + i];
      to = adds ? to + whole[row * kPanel + i] : whole[row * kPanel + i];
    }
  }
}

// Rounds numbers where they lie to the nearest of bfloat16.
HALVES void roundPanel(float* c, int64_t apart, int64_t rows, int64_t columns) {
  for (int64_t row = 0; row < rows; ++row, c += apart) {
    for (int64_t i = 0; i < columns; i += kSide) {
      const __mmask16 there = static_cast<__mmask16>(columns - i >= kSide ? 0xffffu : firstOf(columns - i));
      const __m256i halves = (__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(there, c + i));
      _mm512_mask_storeu_epi32(c + i, there, _mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
    }
  }
}

template <int64_t parts>
void packRight(const Product& product, const RightBlock& block, char* packed) {
  const int64_t steps = stepsOf(block.depth), panels = (block.columns + kPanel - 1) / kPanel;
  for (int64_t i = 0; i < steps * panels; ++i) {
    // In the order in which they lie in memory.
    const int64_t panel = product.turnsB ? i / steps : i % panels, step = product.turnsB ? i % steps : i / panels;
    const int64_t column = block.column + panel * kPanel, at = step * kDepth, depth = smaller(kDepth, block.depth - at);
    char* const to = packed + packedBytes<parts>(block, panel) + step * kStep<parts>;
    if (product.halvedB != nullptr) {
      packColumns<parts>(product.halvedB, product, column, block.inner + at, depth, to);
    } else {
      packColumns<parts>(product.b, product, column, block.inner + at, depth, to);
    }
  }
}

using MultiplyPanel = void (*)(const char* left, const char* right, int64_t steps, float* c, int64_t apart, bool adds);

template <int64_t parts, MultiplyPanel multiplyPanel>
HALVES void multiplyPanels(const Product& product, const RightBlock& block, const char* packed, int64_t from, int64_t until) {
  alignas(64) char left[kPackedInner<parts> / kDepth * kStep<parts>];
  alignas(64) float whole[kPanel * kPanel];
  const int64_t steps = stepsOf(block.depth);
  const bool adds = block.inner > 0;
  for (int64_t panel = from; panel < until; ++panel) {
    const int64_t row = panel * kPanel, rows = smaller(kPanel, product.rows - row);
    for (int64_t step = 0; step < steps; ++step) {
      const int64_t at = step * kDepth;
      packLeft<parts>(product, row, block.inner + at, smaller(kDepth, block.depth - at), left + step * kStep<parts>);
    }
    for (int64_t done = 0; done < block.columns; done += kPanel) {
      const int64_t columns = smaller(kPanel, block.columns - done);
      float* const c = product.c + row * product.columns + block.column + done;
      const char* const right = packed + packedBytes<parts>(block, done / kPanel);
      if (rows == kPanel && columns == kPanel) {
        multiplyPanel(left, right, steps, c, product.columns, adds);
      } else {
        multiplyPanel(left, right, steps, whole, kPanel, false);
        copyFromWhole(whole, c, product.columns, rows, columns, adds);
      }
      if (parts == kNearest && block.isLast(product)) roundPanel(c, product.columns, rows, columns);
    }
  }
}

template <int64_t parts>
TILES void multiplyPanelsByTiles(const Product& product, const RightBlock& block, const char* packed, int64_t from, int64_t until) {
  configure();
  multiplyPanels<parts, multiplyPanelByTiles<parts>>(product, block, packed, from, until);
  _tile_release();
}

template <int64_t parts>
constexpr Multiplier kByTiles = {kPackedColumns<parts>, kPackedInner<parts>, packRight<parts>, multiplyPanelsByTiles<parts>};

constexpr Multiplier kByPairs = {kPackedColumns<kNearest>, kPackedInner<kNearest>, packRight<kNearest>,
                                 multiplyPanels<kNearest, multiplyPanelByPairs>};

// The system must be asked for the tiles' registers, once for all threads.
bool areAllowed() {
  constexpr long kRequest = 0x1023, kTileData = 18;
  unsigned int a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned int kTileBf16 = 1u << 22, kTileRegisters = 1u << 24;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d & kTileBf16) || !(d & kTileRegisters)) return false;
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512bf16") && syscall(SYS_arch_prctl, kRequest, kTileData) == 0;
}

}  // namespace

bool hasTiles() {
  static const bool has = areAllowed();
  return has;
}

bool hasPairs() {
  static const bool has = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512bf16");
  return has;
}

const Multiplier& exactByTiles() { return kByTiles<kExact>; }
const Multiplier& halvedByTiles() { return kByTiles<kNearest>; }
const Multiplier& halvedByPairs() { return kByPairs; }

#undef TILES
#undef HALVES

}  // namespace rankforge

#else

namespace rankforge {

// A compiler that knows no such instructions.
bool hasTiles() { return false; }
bool hasPairs() { return false; }
const Multiplier& exactByTiles() {
  static constexpr Multiplier none = {};
  return none;
}
const Multiplier& halvedByTiles() { return exactByTiles(); }
const Multiplier& halvedByPairs() { return exactByTiles(); }

}  // namespace rankforge
#endif
