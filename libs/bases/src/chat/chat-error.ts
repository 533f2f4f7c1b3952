/** Why a chat template, or a conversation by it, cannot be used. */
export class ChatError extends RangeError {
  override readonly name = 'ChatError';
}
