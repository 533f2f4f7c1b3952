/**
 * @file Why an optimizer can do nothing of what it is for with the tensors that a method trains, and which of them it
 * leaves to another rule.
 */
import type { ParameterInfo } from '../../method.js';
import { shareOf } from './active.js';
import { isMatrixAbove, isProjected } from './subspace.js';
import type { Suitability } from './transform.js';

const smallerSide = ({ shape }: ParameterInfo) => Math.min(...shape);
const largest = (parameters: readonly ParameterInfo[], size: (info: ParameterInfo) => number) =>
  parameters.reduce<ParameterInfo | undefined>(
    (most, info) => (most === undefined || size(info) > size(most) ? info : most),
    undefined,
  );

/** Where no kernel of the base is trained there is nothing to project: adapters are as small as a subspace would be. */
function withoutKernels(parameters: readonly ParameterInfo[]): string | undefined {
  if (parameters.some(({ role }) => role === 'kernel')) return undefined;
  const [first] = parameters;
  return `it projects the gradients of the base model's kernels, and none is trained (${first?.path} [${first?.shape}] is a ${first?.role}): choose a method that trains kernels, such as full fine-tuning, or another optimizer`;
}

const isKernel = ({ role }: ParameterInfo) => role === 'kernel';

const namedAtMost = 24;

/** The notice of those that are left out; undefined where there are none. */
function left(out: readonly ParameterInfo[], said: string): string | undefined {
  if (out.length === 0) return undefined;
  const names = out.slice(0, namedAtMost).map(({ path, shape }) => `${path} [${shape}]`);
  const more = out.length - names.length;
  return `${said}: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Some factor of a low-rank update is treated otherwise than all else; `does` is what it then does, for people. */
export const actsOnFactors = (among: (info: ParameterInfo) => boolean, does: string): Suitability => ({
  unfit(parameters) {
    if (parameters.some(among)) return undefined;
    const [first] = parameters;
    return `it ${does}, and no tensor that is trained is marked as one (${first?.path} [${first?.shape}] is a ${first?.role}): choose a method that trains one, such as LoRA, or another optimizer`;
  },
});

/** Gradients are to come as they are: it holds them to a size itself. */
export const clipsItself: Suitability = {
  clipped: (clipNorm) =>
    `clipNorm ${clipNorm} shortens whole gradients before it cuts the entries that are too large: set clipNorm to null for the optimizer of the paper`,
};

/** At least one kernel is larger than the rank on both sides; others are named. */
export const projectsSome = (rank: number): Suitability => ({
  unfit(parameters) {
    if (parameters.some((info) => isProjected(info, rank))) return undefined;
    const reason = withoutKernels(parameters);
    if (reason !== undefined) return reason;
    const best = largest(parameters.filter(isKernel), smallerSide)!;
    return `rank: ${rank} projects nothing: no kernel is larger on both sides; ${best.path} is [${best.shape}], and ranks below ${smallerSide(best)} would fit`;
  },
  notice: (parameters) =>
    left(
      parameters.filter((info) => isKernel(info) && !isProjected(info, rank)),
      `rank ${rank} is not below both sides of these kernels, which are not projected and have whole moments`,
    ),
});

/** At least one of the matrices that are to be projected is larger than the rank on both sides; others are named. */
export const projectsOf = (
  among: (info: ParameterInfo) => boolean,
  { rank, field }: { rank: number; field: string },
): Suitability => ({
  unfit(parameters) {
    const matrices = parameters.filter(among);
    const best = largest(matrices, smallerSide);
    if (best === undefined) {
      const [first] = parameters;
      return `it projects the gradients of kernels and of matrices that are marked as factors of low-rank updates, and none is trained (${first?.path} [${first?.shape}] is a ${first?.role}): choose a method that trains some, or another optimizer`;
    }
    if (smallerSide(best) > rank) return undefined;
    return `${field}: ${rank} projects nothing: no matrix is larger on both sides; ${best.path} is [${best.shape}], and ranks below ${smallerSide(best)} would fit`;
  },
  notice: (parameters) =>
    left(
      parameters.filter((info) => among(info) && !isMatrixAbove(info, rank)),
      `${field} ${rank} is not below both sides of these, which are not projected and have whole moments`,
    ),
});

/** At least one kernel has an input in a share of them, a share of 0 being one of none; others are named. */
export const sharesSome = (density: number): Suitability => ({
  unfit(parameters) {
    const reason = withoutKernels(parameters);
    if (reason !== undefined || density === 0) return reason;
    const kernels = parameters.filter(isKernel);
    const best = largest(kernels, ({ shape }) => shape[0]!)!;
    const inputs = best.shape[0]!;
    if (inputs * density >= 1) return undefined;
    return `density: ${density} is less than one input of every kernel; ${best.path} has ${inputs}, and densities from 1/${inputs} would fit`;
  },
  notice: (parameters) =>
    density === 0
      ? undefined
      : left(
          parameters.filter((info) => isKernel(info) && info.shape[0]! * density < 1),
          `density ${density} is less than one input of these kernels, which move by the sign of the gradient alone`,
        ),
});

/** At least one kernel is in a share of them by turns; a share of 0 is one of none. */
export const turnsOfSome = (density: number): Suitability => ({
  unfit(parameters) {
    const reason = withoutKernels(parameters);
    if (reason !== undefined || density === 0) return reason;
    const kernels = parameters.filter(isKernel).length;
    if (shareOf(density)(kernels) > 0) return undefined;
    return `density: ${density} of ${kernels} kernels is none (${parameters.find(isKernel)!.path} …), and densities above 1/${2 * kernels} would fit`;
  },
});
