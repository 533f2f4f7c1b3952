/** The numbers of a layer that are stored. */
export interface StoredLayer {
  /** Numbers that are not zero by construction. */
  parameters: number;
  /** Bits of all numbers, with the places they stand at. Default: `parameters` times the element size that is asked for. */
  bits?: number;
}
