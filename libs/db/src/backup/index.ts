/** @file Backups of a whole platform; a program that makes none does not load this. */
export { BackupError, type BackupHead } from './archive.js';
export { type BackupMade, backUp, type PlatformStores } from './back-up.js';
export { checkBackup, type Restored, restore } from './restore.js';
