/** Why a model of a hub cannot be had; the message says what to do. */
export class HubError extends Error {
  override readonly name: string = 'HubError';
}

/** The hub does not answer, or stopped in the middle of an answer. */
export class HubUnreachableError extends HubError {
  override readonly name = 'HubUnreachableError';
}
