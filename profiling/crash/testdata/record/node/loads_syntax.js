require('./syntax.js')
