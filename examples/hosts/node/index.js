'use strict'

const { Journal, reportTo } = require('./journal.node')

Journal.prototype[Symbol.dispose] = Journal.prototype.close
reportTo((failure) => process.emitWarning(failure))

module.exports = { Journal }
