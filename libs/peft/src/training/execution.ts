/** When updates are made: after the backward pass, or in it, of each parameter as soon as its gradient is complete, which is then freed. */
export const executions = ['tree', 'perLayer'] as const;
export type Execution = (typeof executions)[number];
