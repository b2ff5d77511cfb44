async function resize(width) {
	await null
	if (width > 2) throw new RangeError('bad width')
}
async function all() {
	await Promise.all([resize(1), resize(3)])
}
all()
