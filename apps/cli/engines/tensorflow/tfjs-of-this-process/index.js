// The engine registers itself with the tfjs that the library loaded: a second copy would know none of its tensors.
const tfjs = globalThis[Symbol.for('rankforge.tfjs')];
if (!tfjs) throw new Error('this engine is loaded by @rankforge/peft alone: openEngine("tensorflow")');
module.exports = tfjs;
