/** @file Public names of @rankforge/generators: language models that write, whatever they are made of. */
export { type AddressPolicy, loopback, permitted, readAddresses } from './address.js';
export {
  adapterIdentity,
  type BaseGeneratorOptions,
  baseGenerator,
  baseIdentity,
  type PromptTemplate,
  promptTemplates,
} from './base.js';
export { Cassette, CassetteError, withCassette } from './cassette.js';
export { type EndpointApi, type EndpointOptions, endpointApis, openEndpoint } from './endpoint/endpoint.js';
export { EndpointError } from './endpoint/error.js';
export { CallsUsedUpError, type Consumption, Meter } from './meter.js';
export { type GeneratorSettings, generatorVariables, readGeneratorSettings } from './settings.js';
