// In place of the package that downloads binaries: the binding was compiled beside it.
const { dirname, join } = require('node:path');

exports.find = (manifest) => join(dirname(manifest), 'lib/napi-v8/tfjs_binding.node');
