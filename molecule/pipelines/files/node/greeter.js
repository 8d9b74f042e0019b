const words = require('words')

exports.greeting = (name) => `${words.hello} ${name}`
