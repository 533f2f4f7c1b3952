/** @file A trained adapter as it leaves: formats, and whether a server takes it. */
import { z } from 'zod';
import { JsonObject } from './bounds.js';
import { Id, Slug, Timestamp } from './common.js';

export const adapterFormats = ['native', 'peft', 'merged'] as const;
export const AdapterFormat = z.enum(adapterFormats).meta({
  id: 'AdapterFormat',
  description:
    '`native`: our safetensors file. `peft`: a folder that Python peft loads onto the base model. `merged`: the base model ' +
    'with the adapter in its weights, as a Hugging Face folder. Folders come as a tar archive.',
});
export type AdapterFormat = z.infer<typeof AdapterFormat>;

export const AdapterQuery = z.strictObject({
  format: AdapterFormat.optional().meta({
    description: 'Default: the first of the `formats` of the trial, the best that its method has on its base.',
  }),
});
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

/** The part of an upload besides the file (form field `spec`, as JSON): the file is `adapter_model.safetensors`. */
export const CreateAdapter = z
  .strictObject({
    name: Slug,
    base: Slug,
    config: JsonObject.meta({ description: 'The content of `adapter_config.json`.' }),
  })
  .meta({ id: 'CreateAdapter' });
export type CreateAdapter = z.infer<typeof CreateAdapter>;

/** An adapter that was made elsewhere. A sweep starts from it by its name. */
export const AdapterView = z
  .object({
    id: Id,
    name: Slug,
    base: z.string(),
    method: z.string(),
    config: z.record(z.string(), z.unknown()).meta({ description: "The method's configuration." }),
    targets: z.array(z.string()),
    classes: z.int().nullable().meta({ description: 'Of the head that came with it; null where none did.' }),
    sha256: z.string().meta({ description: 'Of the adapter in our format.' }),
    bytes: z.number().int(),
    createdAt: Timestamp,
  })
  .meta({ id: 'Adapter' });
export type AdapterView = z.infer<typeof AdapterView>;
export const AdapterList = z.object({ items: z.array(AdapterView) }).meta({ id: 'AdapterList' });
export type AdapterList = z.infer<typeof AdapterList>;
