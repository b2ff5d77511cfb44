eval("(function check() { throw new TypeError('in eval') })()")
