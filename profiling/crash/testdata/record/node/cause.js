class ConfigError extends Error {}
function parse() {
	return JSON.parse('{')
}
function load() {
	try {
		return parse()
	} catch (cause) {
		const e = new ConfigError('cannot load', { cause: new Error('cannot parse', { cause }) })
		e.code = 'E_CONFIG'
		throw e
	}
}
load()
