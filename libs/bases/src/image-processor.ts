/** @file How a model of images was trained to be given pixels, as `preprocessor_config.json` says. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const half = 'expected 0.5 for every channel: pixels are brought to −1 … 1 here, and this model was trained on others';
const halves = z.union([z.literal(0.5), z.array(z.literal(0.5))], half).nullish();
const scaled = 'expected pixels of 0 … 255 to be brought to −1 … 1, which is done here';
const Processor = z.looseObject({
  do_rescale: z.literal(true, scaled).nullish(),
  rescale_factor: z
    .number()
    .refine((factor) => Math.abs(factor * 255 - 1) < 1e-6, scaled)
    .nullish(),
  do_normalize: z.literal(true, scaled).nullish(),
  image_mean: halves,
  image_std: halves,
});

/**
 * Checks that a model was trained on pixels as it is given them here. A folder without the file is taken to be so, as transformers
 * does with ViT.
 *
 * @throws Error naming the file and the field that says otherwise
 */
export async function requireKnownPixels(folder: string): Promise<void> {
  const file = join(folder, 'preprocessor_config.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${file}: not JSON`, { cause });
  }
  const parsed = Processor.safeParse(json);
  if (parsed.success) return;
  const { path, message } = parsed.error.issues[0]!;
  const said = path.length === 0 ? '' : `${path[0] as string} is ${JSON.stringify(Object(json)[path[0]!])}; `;
  throw new Error(`${file}: ${said}${message}`, { cause: parsed.error });
}
