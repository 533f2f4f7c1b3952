/** What is stored of a layer. */
export interface StoredLayer {
  /** Numbers that are not zero by construction. */
  parameters: number;
  /** Bits of all numbers, with the places they stand at. Default: `parameters` times the element size that is asked for. */
  bits?: number;
}
