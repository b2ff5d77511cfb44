try {
	require('./syntax.js')
} catch (e) {
	console.error(e)
}
console.error(new Error('logged', { cause: new Error('why') }))
process.on('uncaughtException', (e) => console.error(e))
setTimeout(() => {
	throw new Error('handled')
}, 5)
process.on('exit', () => console.error('went on'))
