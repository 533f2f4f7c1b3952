/** Why a model of a hub cannot be had; the message says what to do. */
export class HubError extends Error {
  override readonly name: string = 'HubError';
}

/** No model of this id was seen: the hub has none, does not let it be read, or was not asked. */
export class HubUnseenError extends HubError {
  override readonly name: string = 'HubUnseenError';
}

/** The hub does not answer, or stopped in the middle of an answer. */
export class HubUnreachableError extends HubUnseenError {
  override readonly name = 'HubUnreachableError';
}
