/** @file A trained adapter as it leaves: formats, and whether a server takes it. */
import { z } from 'zod';

export const adapterFormats = ['native', 'peft', 'merged'] as const;
export const AdapterFormat = z.enum(adapterFormats).meta({
  id: 'AdapterFormat',
  description:
    '`native`: our safetensors file. `peft`: a folder that Python peft loads onto the base model. `merged`: the base model ' +
    'with the adapter in its weights, as a Hugging Face folder. Folders come as a tar archive.',
});
export type AdapterFormat = z.infer<typeof AdapterFormat>;

export const AdapterQuery = z.strictObject({ format: AdapterFormat.default('native') });
export type AdapterQuery = z.infer<typeof AdapterQuery>;

export const Servability = z
  .object({
    servable: z.boolean(),
    reasons: z.array(z.string()).meta({ description: 'Why not, one sentence each.' }),
    maxLoraRank: z.number().int().optional().meta({ description: 'What `--max-lora-rank` must be at least.' }),
  })
  .meta({
    id: 'Servability',
    description: 'Whether vLLM serves the adapter, in the format `peft`, beside its base model.',
  });
export type Servability = z.infer<typeof Servability>;
