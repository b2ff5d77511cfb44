class Job {
	constructor(size) {
		if (size > 2) throw new RangeError('too big: ' + size)
	}
}
async function main() {
	await null
	return new Job(3)
}
await main()
