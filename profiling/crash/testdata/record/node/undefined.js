const sizes = {}
class Resizer {
	constructor(name) {
		this.width = sizes[name].width
	}
	static get first() {
		return new Resizer('a')
	}
}
module.exports = [1].map(() => Resizer.first)
