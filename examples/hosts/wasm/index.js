'use strict'

const { Journal } = require('./target/node/journal_wasm.js')

// wasm-bindgen's own frees the memory, and loses the error of the close.
Journal.prototype[Symbol.dispose] = Journal.prototype.close

module.exports = { Journal }
