import { type LoadedBase, modelInput } from '@rankforge/peft';

/** Size of the vocabulary and longest sequence of a base that reads tokens. */
export function tokensOf({ config }: LoadedBase): { vocabularySize: number; contextLength: number } {
  const input = modelInput(config);
  if (input.kind !== 'tokens')
    throw new Error(`a base of the kind ${config.architecture} reads ${input.kind}, not tokens`);
  return input;
}
