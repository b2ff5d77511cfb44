Promise.reject('no room')
