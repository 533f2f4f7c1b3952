/** @file What an estimate needs of the library of methods. The build makes one file of it, which commands load by the package's own name. */
export * from '@rankforge/peft/estimate';
