/** Ways for a forward pass in training to keep tensors: all that gradients read, or the input of every block, which then runs again. */
export const checkpointings = ['none', 'block'] as const;
export type Checkpointing = (typeof checkpointings)[number];
