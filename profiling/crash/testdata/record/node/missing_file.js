function load(name) {
	return require('fs').readFileSync(name)
}
load('/nowhere/config.json')
