module.exports = { hello: 'hello' }
