// Products by instructions that multiply numbers of 16 bits and add up in float32, of tiles (AMX) or pairs (AVX-512 BF16). Nothing here knows TensorFlow.
#pragma once
#include "products.h"

namespace rankforge {

// Whether this processor has the instructions and the system lets this process use them. If not, do not use what follows.
bool hasTiles();
bool hasPairs();

// Of floats. A float is the sum of three bfloat16 to the bit: they hold its upper, middle and lower eight bits. Of the nine products of the
// parts of two floats the six largest are added up; the rest is below the rounding of float32. Sums are no less exact than those of
// products of floats. An infinite number becomes one that is none (NaN), and parts below 1e-38 become 0.
const Multiplier& exactByTiles();

// Of numbers that are rounded to bfloat16, with sums that are rounded to it when all is added up.
const Multiplier& halvedByTiles();
const Multiplier& halvedByPairs();

}  // namespace rankforge
