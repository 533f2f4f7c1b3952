// Compiled once for each kind of processor, with the name of its table in RANKFORGE_PROCESSOR. The functions are of this file alone,
// so that the linker cannot take those for another processor in their place.
#include "formulas.h"

#include <cmath>
#include <cstring>

namespace rankforge {
namespace {

#include "activations.h"
#include "adam.h"
#include "bias.h"
#include "losses.h"
#include "matrices.h"
#include "norms.h"
#include "rotary.h"
#include "sums.h"

#include "attention.h"
#include "halves.h"

}  // namespace

extern const Formulas RANKFORGE_PROCESSOR;
const Formulas RANKFORGE_PROCESSOR = {
    adam,
    addBias,
    rotary,
    values<geluOf>,
    products<geluSlope>,
    values<geluTanhOf>,
    products<geluTanhSlope>,
    products<geluTanhOf>,
    gateGradients<geluTanhSlope>,
    gateAndUpGradients<geluTanhOf, geluTanhSlope>,
    products<siluOf>,
    gateGradients<siluSlope>,
    gateAndUpGradients<siluOf, siluSlope>,
    squaredSum,
    addScaled,
    layerNorm,
    layerNormGradient,
    rmsNorm,
    rmsNormGradient,
    tokenLoss,
    attention,
    attentionGradient,
    attentionWorkspace,
    {kLoopColumns, kLoopInner, packRightRounded, multiplyRounded},
};

}  // namespace rankforge
