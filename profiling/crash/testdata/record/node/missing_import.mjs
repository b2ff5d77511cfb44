import { x } from './nowhere.mjs'
console.log(x)
