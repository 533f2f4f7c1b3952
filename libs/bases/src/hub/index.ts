/** @file Public names of @rankforge/bases/hub: the configuration of a model on a hub, without what reads and converts models. */
export { type HubConfig, type HubConfigOptions, readHubConfig } from './config.js';
export { HubError, HubUnreachableError, HubUnseenError } from './errors.js';
export { HubEnvironment } from './settings.js';
