/** @file A chat template that is put into a GGUF file. */

/** Where the number of keys stands, behind which they begin. */
const countAt = 16;
/** Tensors begin at a multiple of it. */
const alignment = 32;
const textType = 8;

/** A GGUF file with one key more, `tokenizer.chat_template`. White space at its end fills it up, so that tensors lie where they did. */
export function withChatTemplate(file: Uint8Array, template: string): Buffer {
  const whole = Buffer.from(file);
  const name = Buffer.from('tokenizer.chat_template');
  const fixed = 8 + name.length + 4 + 8;
  const length = Math.ceil((fixed + template.length) / alignment) * alignment;
  const key = Buffer.alloc(length, ' ');
  key.writeBigUInt64LE(BigInt(name.length), 0);
  name.copy(key, 8);
  key.writeUInt32LE(textType, 8 + name.length);
  key.writeBigUInt64LE(BigInt(length - fixed), fixed - 8);
  key.write(template, fixed, 'latin1');
  whole.writeBigUInt64LE(whole.readBigUInt64LE(countAt) + 1n, countAt);
  return Buffer.concat([whole.subarray(0, countAt + 8), key, whole.subarray(countAt + 8)]);
}
