// Loads the bundle, for who is not the command.
'use strict'
module.exports = require('./windlass')
