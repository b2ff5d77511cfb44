setTimeout(() => {
	throw { room: 0, asked: [2, 3] }
}, 1)
