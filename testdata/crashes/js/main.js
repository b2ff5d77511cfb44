// Ends of Node: see ../README.md. The argument says which.
'use strict'
const cluster = require('cluster')
const fs = require('fs')

const truth = (line) => fs.appendFileSync(process.env.TRUTH || '/dev/stdout', JSON.stringify(line) + '\n')
const crash = (cause, rest) => truth({ crash: { pid: process.pid, cause, certainty: 'certain', ...rest } })
const format = 'node exception'

function take(shelf, n) {
	crash('exception', { code: 1, type: 'TypeError', headline: ['undefined'], frames: ['main.js:12 take'], format })
	return shelf[n].name
}

class StockError extends Error {}

const ends = {
	throw: () => take([], 3),
	async promise() {
		await null
		crash('exception', { code: 1, type: 'StockError', headline: ['no such stock'], frames: ['main.js:22'], chain: ['Error'], format })
		throw new StockError('no such stock', { cause: new Error('sold out') })
	},
	rejected() {
		crash('exception', { code: 1, type: 'UnhandledPromiseRejection', headline: ['sold out'], format })
		Promise.reject('sold out')
	},
	text() {
		crash('exception', { code: 1, headline: ['sold out'], frames: ['main.js:30'], format })
		throw 'sold out'
	},
	// A worker of a cluster ends by an exception; who has started it goes on.
	worker() {
		if (cluster.isPrimary) {
			cluster.fork()
			cluster.on('exit', () => truth({ reached: true }))
			return
		}
		setTimeout(() => {
			crash('exception', { certainty: undefined, code: 1, type: 'Error', headline: ['sold out'], frames: ['main.js:41'], format })
			throw new Error('sold out')
		}, 100)
	},
	handler() {
		process.on('uncaughtException', () => {
			crash('exception', { code: 7, type: 'Error', headline: ['in the handler'], frames: ['main.js:47'], format })
			throw new Error('in the handler')
		})
		throw new Error('first')
	},
	heap() {
		crash('signal', { signal: 'SIGABRT', headline: ['heap out of memory'], format: 'node abort' })
		const kept = []
		for (;;) kept.push(new Array(1000).fill('x' + kept.length))
	},
	abort() {
		crash('signal', { signal: 'SIGABRT', headline: ['abort'], frames: ['main.js:58 abort'], format: 'node abort' })
		process.abort()
	},
	// What is printed and coped with is none.
	logged() {
		console.error(new Error('sold out', { cause: new Error('why') }))
		process.on('uncaughtException', (e) => console.error(e))
		setTimeout(() => truth({ reached: true }), 200)
		throw new Error('handled')
	},
	code() {
		crash('exit', { code: 1, headline: ['exit 1$'] })
		console.error(new Error('sold out'))
		process.exit(1)
	},
}
ends[process.argv[2]]()
