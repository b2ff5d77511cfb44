const { EventEmitter } = require('events')
new EventEmitter().emit('error', new Error('no room\nfor 3 of them'))
