// The umbrella package exports all of the core.
module.exports = require('../tfjs-of-this-process');
