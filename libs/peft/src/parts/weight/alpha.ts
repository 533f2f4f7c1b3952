/** @file The factor α of low-rank methods: one convention, so that methods of one rank differ in what they are and not in scale. */
import { z } from 'zod';

/** Whatever the rank, as in LoRA and Python peft. */
const conventional = 8;

/**
 * The field of a method whose paper says nothing else of α. A method whose paper does has a field of its own that names it.
 *
 * @param multiplied says which is multiplied by which, e.g. `The update is multiplied by alpha / rank`
 */
export const alphaField = (multiplied: string) => z.number().positive().default(conventional).describe(multiplied);
