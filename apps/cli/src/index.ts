export {
  type AddedEngine,
  currentTorch,
  isCurrent as isCurrentEngine,
  readAdded as addedEngine,
} from './engines/added.js';
export { measureRunner, unsound as unsoundRunner } from './engines/torch.js';
export { ensureChromium, findChromium } from './local/chromium.js';
export { LocalSetupError } from './local/errors.js';
export { enginesFolder, modelsFolder } from './local/paths.js';
export { type PostgresServer, startPostgres } from './local/postgres.js';
export { commandLine, isAlive, logTail, parentOf, type Service, startService } from './local/processes.js';
export { ensureRedisServer, type RedisServer, startRedis } from './local/redis.js';
export { type LocalServices, startServices } from './local/services.js';
export { ensureVulkan } from './local/vulkan.js';
export { type LocalPlatform, startPlatform } from './platform.js';
