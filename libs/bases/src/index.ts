/** @file Public names of @rankforge/bases: where base models come from, and what makes a folder one. */
export { AddBaseError, type AddOptions, addFolder, addFromHub, addGguf, type HubOptions, unwritable } from './add.js';
export { type Base, loadBaseModel, readBase } from './base.js';
export { ChatError } from './chat/chat-error.js';
export {
  type BaseChat,
  type ChosenChat,
  chatOfFolder,
  chosenChat,
  openAsking,
  openChat,
  readingOfFolder,
} from './chat/of-base.js';
export { ggufBytes } from './gguf/bytes.js';
export { type GgufChat, ggufChat } from './gguf/chat.js';
export { type GgufFile, ggufDigest } from './gguf/file.js';
export { type HubConfig, type HubConfigOptions, readHubConfig } from './hub/config.js';
export { HubError, HubUnreachableError, HubUnseenError } from './hub/errors.js';
export { type HubSettings, readHubSettings } from './hub/settings.js';
export { BaseShelf, type Bases, type UnusableBase } from './shelf.js';
