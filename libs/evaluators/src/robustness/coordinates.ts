/** @file Greedy coordinate gradient (Zou et al. 2023, arXiv 2307.15043): a text is searched token by token, by gradients and trials. */
import type { Random } from '@rankforge/peft';

export interface CoordinateSearch {
  /** Tokens that may stand at each place. */
  allowed: readonly number[];
  /** Tokens of a place that are drawn from: those that lower the loss most, to first order. */
  topK: number;
  /** Texts that are tried in a step, each with one token exchanged. */
  samples: number;
  random: Random;
}

/** One step's view of the loss; it may differ from step to step. */
export interface Landscape {
  /** The change of the loss for each place and each token, to first order; the smallest is the best. */
  gains(tokens: readonly number[]): Promise<readonly ArrayLike<number>[]>;
  losses(texts: readonly (readonly number[])[]): Promise<ArrayLike<number>>;
  /** Whether a text may be tried. */
  keeps(tokens: readonly number[]): boolean;
}

/**
 * One step: draws texts that differ in one token, tries them, and keeps the best where it has a lower loss than the text before.
 *
 * @param loss of the text before
 */
export async function coordinateStep(
  before: { tokens: readonly number[]; loss: number },
  { allowed, topK, samples, random }: CoordinateSearch,
  { gains, losses, keeps }: Landscape,
): Promise<{ tokens: readonly number[]; loss: number }> {
  const { tokens } = before;
  const byPlace = (await gains(tokens)).map((own, place) =>
    allowed
      .filter((token) => token !== tokens[place])
      .sort((a, b) => own[a]! - own[b]! || a - b)
      .slice(0, topK),
  );
  const tried = new Map<string, readonly number[]>();
  for (let draw = 0; draw < samples; draw++) {
    const place = random.integer(tokens.length);
    const choices = byPlace[place]!;
    if (choices.length === 0) continue;
    const text = tokens.with(place, choices[random.integer(choices.length)]!);
    if (keeps(text)) tried.set(text.join(), text);
  }
  const texts = [...tried.values()];
  if (texts.length === 0) return before;
  const found = await losses(texts);
  const best = texts.reduce((least, _, at) => (found[at]! < found[least]! ? at : least), 0);
  return found[best]! < before.loss ? { tokens: texts[best]!, loss: found[best]! } : before;
}
