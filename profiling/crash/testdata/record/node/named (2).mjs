throw new Error('in a file with such a name')
