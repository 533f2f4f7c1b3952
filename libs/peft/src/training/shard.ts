/** @file Ways of several processes to part what a training holds. */

/** `ddp` parts nothing; `zero3` is another name of `fsdp`. */
export const shardChoices = ['ddp', 'zero2', 'zero3', 'fsdp'] as const;
export type ShardChoice = (typeof shardChoices)[number];
