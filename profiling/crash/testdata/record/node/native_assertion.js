function check() {
	process.binding('fs').internalModuleStat()
}
check()
