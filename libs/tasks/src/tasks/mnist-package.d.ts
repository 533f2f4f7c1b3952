/** The package brings no types. */
declare module 'mnist' {
  /** By digit: all its images one after the other, samples in 0 … 1. */
  const digits: Readonly<Record<number, { raw: number[] }>>;
  export default digits;
}
