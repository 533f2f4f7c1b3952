/** @file Public names of @rankforge/generators: language models that write, whatever they are made of. */
export { type AddressPolicy, loopback, type Permitted, permitted, readAddresses } from './address.js';
export { adapterIdentity, type BaseGeneratorOptions, baseGenerator, baseIdentity } from './base.js';
export { Cassette, CassetteError, withCassette } from './cassette.js';
export { type EndpointApi, type EndpointOptions, endpointApis, openEndpoint } from './endpoint/endpoint.js';
export { detailOf, EndpointError } from './endpoint/error.js';
export { type GgufOptions, ggufIdentity, openGguf } from './gguf.js';
export { type StartedLlama, startLlama } from './llama.js';
export { CallsUsedUpError, type Consumption, Meter } from './meter.js';
export {
  addressPolicy,
  type GeneratorAddresses,
  type GeneratorSettings,
  generatorVariables,
  longestToAdd,
  readGeneratorSettings,
} from './settings.js';
export type { PromptTemplate } from './writing.js';
