const assert = require('node:assert')
const { test } = require('node:test')
const { greeting } = require('./greeter')

test('a greeting has the name', () => assert.equal(greeting('world'), 'hello world'))
