import 'mocha'
