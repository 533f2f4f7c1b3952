/** What is stored of a layer. */
export interface StoredLayer {
  /** Numbers that are not zero by construction. */
  parameters: number;
  /** Of all numbers and what says where they stand. Default: `parameters` of the element size that is asked for. */
  bits?: number;
}
