const fail = (e) => Promise.reject(e)
Promise.any([fail(new Error('first')), fail(new RangeError('second', { cause: new Error('why') }))])
