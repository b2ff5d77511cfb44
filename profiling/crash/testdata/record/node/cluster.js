const cluster = require('cluster')
if (cluster.isPrimary) {
	cluster.fork()
	cluster.on('exit', () => process.exit(0))
} else {
	setTimeout(() => {
		throw new Error('kaboom in worker')
	}, 10)
}
