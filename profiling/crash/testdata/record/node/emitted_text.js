const { EventEmitter } = require('events')
new EventEmitter().emit('error', 'no room')
