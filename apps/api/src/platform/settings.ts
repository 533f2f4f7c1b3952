/** Token of the settings (`ApiSettings`). */
export const SETTINGS = Symbol('settings');
